import { createServer, type Server } from "node:net";

/** Hands out ports; `release` gives back what was kept for this holder. */
export type Ports = {
  /** `preferred` where it is wanted and free, else a free one. Never the same twice. */
  readonly take: (preferred: number) => Promise<number>;
  readonly release: () => void;
};

/** `preferred`: the ports that the documents name, another on a collision. `free`: any free ones, for tests. */
export type PortsMode = "preferred" | "free";

// Below the range from which systems take ports for outgoing connections, so that none is gone between choice and use.
const firstBlock = 20_000;
const blockSize = 50;
const blockCount = 240;
/** Whoever holds this port is the clone that gets the preferred ones; a second clone beside it takes others. */
const preferredHolderPort = 19_999;

/**
 * Reserves ports of this machine for as long as this process lives: a block of them is marked by listening on its
 * first one, which the system ends with the process, so that meshes that start at the same moment do not collide.
 */
export async function reservePorts(mode: PortsMode): Promise<Ports> {
  const holder = mode === "preferred" ? await listen(preferredHolderPort) : undefined;
  const locks: Server[] = holder ? [holder] : [];
  const taken = new Set<number>();
  const block: number[] = [];
  return {
    async take(preferred) {
      if (holder && !taken.has(preferred) && (await isFree(preferred))) {
        taken.add(preferred);
        return preferred;
      }
      for (;;) {
        if (block.length === 0) block.push(...(await reserveBlock(locks)));
        const port = block.shift();
        if (port !== undefined && (await isFree(port))) return port;
      }
    },
    release() {
      for (const lock of locks) lock.close();
    },
  };
}

/** Whether nothing listens on that port of the loopback address. */
export async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server === undefined) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

async function reserveBlock(locks: Server[]): Promise<readonly number[]> {
  const start = Math.floor(Math.random() * blockCount);
  for (let index = 0; index < blockCount; index++) {
    const base = firstBlock + ((start + index) % blockCount) * blockSize;
    const lock = await listen(base);
    if (lock === undefined) continue;
    locks.push(lock);
    return Array.from({ length: blockSize - 1 }, (_, offset) => base + 1 + offset);
  }
  throw new Error(`no free block of ports from ${firstBlock} to ${firstBlock + blockCount * blockSize}`);
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => resolve(server.unref()));
  });
}
