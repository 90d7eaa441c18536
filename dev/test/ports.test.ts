import { createServer, type AddressInfo } from "node:net";
import test from "ava";
import { isFree, reservePorts } from "../src/ports.ts";

function occupy(): Promise<{ readonly port: number; readonly free: () => void }> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      resolve({ port, free: () => server.close() });
    });
  });
}

test("a port that somebody listens on is not free", async (t) => {
  const taken = await occupy();
  t.false(await isFree(taken.port));
  taken.free();
});

test("tests never get the preferred port", async (t) => {
  const ports = await reservePorts("free");
  const port = await ports.take(9001);
  t.not(port, 9001);
  t.true(port >= 20_000 && port < 32_768);
  ports.release();
});

test("a port is given once, however often it is preferred", async (t) => {
  const ports = await reservePorts("preferred");
  const first = await ports.take(18_311);
  t.not(await ports.take(18_311), first);
  ports.release();
});

test("a preferred port that is taken is replaced by a free one", async (t) => {
  const taken = await occupy();
  const ports = await reservePorts("preferred");
  const port = await ports.take(taken.port);
  t.not(port, taken.port);
  t.true(await isFree(port));
  ports.release();
  taken.free();
});

test("two holders at the same moment get different ports", async (t) => {
  const holders = await Promise.all([reservePorts("free"), reservePorts("free")]);
  const taken = await Promise.all(holders.flatMap((ports) => [ports.take(1), ports.take(2), ports.take(3)]));
  t.is(new Set(taken).size, taken.length);
  for (const ports of holders) ports.release();
});
