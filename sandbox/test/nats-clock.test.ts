import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Kvm } from "@nats-io/kv";
import test, { type ExecutionContext } from "ava";
import { connect } from "nats";
import { createClock, type Clock } from "../src/clock.ts";
import { followNatsClock } from "../src/nats-clock.ts";

async function startNats(t: ExecutionContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "nats-"));
  const server = spawn("nats-server", ["-js", "-sd", folder, "-a", "127.0.0.1", "-p", "-1"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  t.teardown(() => {
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  let url: string | undefined;
  for await (const line of createInterface(server.stderr)) {
    url = /client connections on (\S+)/.exec(line)?.[1] ?? url;
    if (url !== undefined && line.includes("Server is ready")) return url;
  }
  throw new Error("nats-server ended before it was ready");
}

async function moved(clock: Clock): Promise<number> {
  return await new Promise<number>((resolve) => {
    const unsubscribe = clock.onMove(() => {
      unsubscribe();
      resolve(clock.offsetMs());
    });
  });
}

test("the sandbox's clock follows the offset that the mesh keeps in NATS", async (t) => {
  const url = await startNats(t);
  const clock = createClock("nats");
  const follower = followNatsClock(clock, `nats://${url}`);
  t.teardown(follower.stop);
  const connection = await connect({ servers: url });
  t.teardown(() => connection.close());
  const bucket = await new Kvm(connection).create("shopmesh_clock");
  t.is(clock.offsetMs(), 0);

  const first = moved(clock);
  await bucket.put("offset_ms", "86400000");
  t.is(await first, 86_400_000);
  const second = moved(clock);
  await bucket.put("offset_ms", "90000000");
  t.is(await second, 90_000_000);
  const third = moved(clock);
  await bucket.delete("offset_ms");
  t.is(await third, 0);
});
