import type { Socket } from "node:net";
import { DomainError } from "@shopmesh/kernel";
import type { Log } from "../../log.ts";
import { statusOf } from "../../status.ts";
import type { EdgeLimits } from "./edge-limits.ts";
import { rawRefusal } from "./raw-refusal.ts";

/** The open connections of a port. */
export type Connections = {
  /** Counts a connection until it closes; false where it was one too many: it is refused and closed. */
  admit(socket: Socket): boolean;
  /** Ends them all at once. */
  destroy(): void;
};

/** A full port tells of it at most so often. */
const SAY_EVERY_MS = 10_000;

/** Counts the connections of a port, in all and by address. */
export function countConnections(
  { maxConnections, maxConnectionsPerAddress }: Pick<EdgeLimits, "maxConnections" | "maxConnectionsPerAddress">,
  log: Log,
  isProxy: (address: string) => boolean = () => false,
): Connections {
  const sockets = new Set<Socket>();
  const byAddress = new Map<string, number>();
  let refused = 0;
  let saidMs = Number.NEGATIVE_INFINITY;

  function refuse(socket: Socket, reason: string, limit: number, address: string): false {
    refused += 1;
    if (performance.now() - saidMs > SAY_EVERY_MS) {
      log.warn("connections were refused", { reason, limit, address, count: refused });
      saidMs = performance.now();
      refused = 0;
    }
    socket.on("error", () => undefined);
    socket.end(rawRefusal(503, statusOf(tooMany(reason, limit))));
    socket.destroySoon();
    return false;
  }

  return {
    admit(socket) {
      const address = socket.remoteAddress ?? "";
      const count = byAddress.get(address) ?? 0;
      if (sockets.size >= maxConnections) return refuse(socket, "TOO_MANY_CONNECTIONS", maxConnections, address);
      if (count >= maxConnectionsPerAddress && !isProxy(address)) {
        return refuse(socket, "TOO_MANY_CONNECTIONS_OF_ADDRESS", maxConnectionsPerAddress, address);
      }
      sockets.add(socket);
      byAddress.set(address, count + 1);
      socket.once("close", () => {
        sockets.delete(socket);
        const left = (byAddress.get(address) ?? 1) - 1;
        if (left === 0) byAddress.delete(address);
        else byAddress.set(address, left);
      });
      // A client that is cut off while nobody reads is nobody's error.
      socket.on("error", () => socket.destroy());
      return true;
    },
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function tooMany(reason: string, limit: number): DomainError {
  const message = `there are too many connections, ${limit} are allowed: use fewer, or come back later`;
  return new DomainError("unavailable", reason, { limit: String(limit) }, { message });
}
