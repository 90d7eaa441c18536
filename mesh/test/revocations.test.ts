import test, { type ExecutionContext } from "ava";
import { createRevocations, type Revocations } from "../src/revocations.ts";
import { type NatsServer, natsConnection, natsServer, quiet, until } from "./events/support.ts";

async function revocationsOf(t: ExecutionContext, server: NatsServer): Promise<Revocations> {
  const revocations = await createRevocations({
    nats: await natsConnection(t, server),
    log: quiet,
  });
  t.teardown(() => revocations.stop());
  return revocations;
}

test("a revoked session is known to every process, also to one that starts later", async (t) => {
  const server = await natsServer(t);
  const [first, second] = [await revocationsOf(t, server), await revocationsOf(t, server)];
  const heard: string[] = [];
  second.onRevoked((sessionId) => heard.push(sessionId));
  await first.revoke("session one");
  t.true(first.isRevoked("session one"));
  await until(() => second.isRevoked("session one"));
  t.deepEqual(heard, ["session one"]);
  t.true((await revocationsOf(t, server)).isRevoked("session one"));
  t.false(second.isRevoked("session two"));
});

test("without nats a session is revoked here at once, and elsewhere when nats is back", async (t) => {
  const server = await natsServer(t);
  const [first, second] = [await revocationsOf(t, server), await revocationsOf(t, server)];
  await server.kill();
  await first.revoke("s1");
  t.true(first.isRevoked("s1"));
  t.false(second.isRevoked("s1"));
  await server.wipe();
  await server.start();
  await until(() => second.isRevoked("s1"));
});
