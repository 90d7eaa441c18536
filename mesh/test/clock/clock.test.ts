import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { create } from "@bufbuild/protobuf";
import { AdvanceRequestSchema } from "@shopmesh/contracts/shop/mesh/v1/clock_service_pb.ts";
import test, { type ExecutionContext } from "ava";
import type { Call } from "../../src/call.ts";
import { clockHandlers } from "../../src/clock/handlers.ts";
import { followClock, realClock, type VirtualClock } from "../../src/clock/virtual-clock.ts";
import { type NatsServer, natsConnection, natsServer, quiet, until } from "../events/support.ts";

const DAY_MS = 24 * 3_600_000;

async function clockOf(t: ExecutionContext, server: NatsServer): Promise<VirtualClock> {
  const clock = await followClock({ nats: await natsConnection(t, server), log: quiet });
  t.teardown(() => clock.stop());
  return clock;
}

test("an advance is seen by every follower, which hears the jump, and by one that comes later", async (t) => {
  const server = await natsServer(t);
  const [first, second] = [await clockOf(t, server), await clockOf(t, server)];
  let jumps = 0;
  second.onJump(() => {
    jumps += 1;
  });
  await first.advance(DAY_MS);
  t.is(first.offsetMs(), DAY_MS);
  await until(() => second.offsetMs() === DAY_MS);
  t.is(jumps, 1);
  t.is((await clockOf(t, server)).offsetMs(), DAY_MS);
  t.true(Math.abs(second.clock() - Date.now() - DAY_MS) < 1_000);
});

test("advances at the same time add up", async (t) => {
  const server = await natsServer(t);
  const clocks = await Promise.all([1, 2, 3].map(() => clockOf(t, server)));
  await Promise.all(clocks.map((clock) => clock.advance(1_000)));
  await until(() => clocks.every((clock) => clock.offsetMs() === 3_000));
  t.pass();
});

test("a store that lost the time gets it back from whoever knows it", async (t) => {
  const server = await natsServer(t);
  const clock = await clockOf(t, server);
  await clock.advance(DAY_MS);
  await server.kill();
  await server.wipe();
  await server.start();
  await until(async () => (await clockOf(t, server)).offsetMs() === DAY_MS);
  t.is(clock.offsetMs(), DAY_MS);
});

// The handlers look at nothing of the call.
const call = {} as Call;
const by = (ms: number) => create(AdvanceRequestSchema, { by: durationFromMs(ms) });

test("the clock of production is real and refuses to move", async (t) => {
  const handlers = clockHandlers(realClock(), false);
  await t.throwsAsync(async () => handlers.advance(by(1), call), {
    name: "DomainError",
    message: /clock not virtual/,
  });
  t.is(realClock().offsetMs(), 0);
});

const refused = test.macro({
  exec: async (t, ms: number) => {
    const error = await t.throwsAsync(async () => clockHandlers(realClock(), true).advance(by(ms), call));
    t.like(error, { reason: "VALIDATION_FAILED", violations: [{ field: "by" }] });
  },
  title: (_, ms) => `an advance by ${ms} ms is refused`,
});
test(refused, 0);
test(refused, -1_000);
test(refused, 401 * DAY_MS);
