import { DomainError } from "@shopmesh/kernel";
import { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import test, { type ExecutionContext } from "ava";
import type { SagaPlan } from "../src/saga/plan.ts";
import { findDue, findLeftBehind } from "../src/saga/due.ts";
import { aMoment, driver, gate, open, soon, start } from "./saga-fixtures.ts";

type Mine = { readonly orderId: string };

/** A service that takes so many calls at once, and refuses the others as a mesh process does. */
function callee(limit: number) {
  const seen = { inFlight: 0, peak: 0, refused: 0, answered: 0, criticalities: new Set<Criticality | undefined>() };
  return {
    seen,
    async ask(criticality: Criticality | undefined): Promise<void> {
      seen.criticalities.add(criticality);
      if (seen.inFlight >= limit) {
        seen.refused += 1;
        throw new DomainError("unavailable", "OVERLOADED", { retry_after_ms: "1000" });
      }
      seen.inFlight += 1;
      seen.peak = Math.max(seen.peak, seen.inFlight);
      await aMoment();
      seen.inFlight -= 1;
      seen.answered += 1;
    },
  };
}

/** A plan of one step that asks `work`. */
function plan(work: (orderId: string, criticality: Criticality | undefined) => Promise<void>): SagaPlan<Mine> {
  return {
    kind: "parcel",
    stages: [
      {
        steps: [
          {
            name: "ask",
            async perform({ orderId }, { origin }) {
              await work(orderId, origin.criticality);
              return { kind: "done" };
            },
          },
        ],
      },
    ],
    async onProgress() {},
  };
}

async function allDue(t: ExecutionContext, count: number) {
  const database = await open(t);
  const sleeping = driver(
    t,
    database,
    plan(async () => undefined),
    { lull: () => new Promise(() => undefined) },
  );
  await database.transaction((tx) =>
    sleeping.beginAll(
      tx,
      Array.from({ length: count }, (_, index) => ({ id: `s${index}`, state: { orderId: `s${index}` } })),
    ),
  );
  await database.sql.execute("UPDATE mesh_saga SET lease_until_ms = 0, lease_owner = NULL, wake_ms = 1");
  return database;
}

const OPEN = "SELECT id FROM mesh_saga WHERE phase NOT IN ('done', 'undone') LIMIT 1";

test("five hundred sagas due at once are done without one being refused by a callee that takes 32, and without waiting for polls", async (t) => {
  const database = await allDue(t, 500);
  const { seen, ask } = callee(32);
  const sagas = driver(
    t,
    database,
    plan((_, criticality) => ask(criticality)),
    {
      instanceId: "two",
      pollMs: 3_600_000,
    },
  );
  await sagas.start();
  while ((await database.sql.rows(OPEN)).length > 0) await aMoment();
  t.is(seen.refused, 0);
  t.is(seen.answered, 500);
  t.true(seen.peak <= 26, `${seen.peak} at once`);
  // Buyers come first where there is not room for both.
  t.deepEqual([...seen.criticalities], [Criticality.NORMAL]);
  const due = await findDue(database.sql, [{ kind: "parcel", limit: 1 }], { nowMs: Date.now(), realMs: 0 });
  t.deepEqual(due.get("parcel"), []);
});

test("what a process was at when it died is taken up whatever else has been due for longer", async (t) => {
  const database = await allDue(t, 20);
  await database.sql.execute(
    "UPDATE mesh_saga SET wake_ms = 2, lease_owner = 'two', lease_until_ms = ? WHERE id = 's7'",
    [Date.now() + 60_000],
  );
  const nowMs = Date.now();
  const own = await findLeftBehind(database.sql, [{ kind: "parcel", limit: 20 }], { owner: "two", nowMs });
  t.deepEqual(own.get("parcel"), ["s7"]);
  const another = await findDue(database.sql, [{ kind: "parcel", limit: 20 }], { nowMs, realMs: nowMs });
  t.is(another.get("parcel")?.length, 19);
  t.false(another.get("parcel")?.includes("s7"));
});

test("all that a process was at when it died is taken up at once, those too that only waited for a place", async (t) => {
  const database = await allDue(t, 200);
  await database.sql.execute("UPDATE mesh_saga SET lease_owner = 'two', lease_until_ms = ?", [Date.now() + 3_600_000]);
  const sagas = driver(
    t,
    database,
    plan(async () => undefined),
    { instanceId: "two", pollMs: 3_600_000 },
  );
  await sagas.start();
  while ((await database.sql.rows(OPEN)).length > 0) await aMoment();
  t.pass();
});

test("a saga that is refused for want of room asks again after the pause that it was told, and counts no failure", async (t) => {
  const database = await open(t);
  const { seen, ask } = callee(0);
  const pauses: number[] = [];
  const pause = async (ms: number) => {
    pauses.push(ms);
    await aMoment();
  };
  let left = 3;
  const work = async () => {
    left -= 1;
    if (left >= 0) await ask(undefined);
  };
  const sagas = driver(t, database, plan(work), { pause, entropy: (length) => new Uint8Array(length).fill(255) });
  await start(database, sagas);
  while ((await database.sql.rows(OPEN)).length > 0) await aMoment();
  t.is(seen.refused, 3);
  t.deepEqual(pauses, [1_500, 1_500, 1_500]);
  t.deepEqual(
    (await sagas.history("s1")).map(({ result }) => result),
    ["done"],
  );
});

test("who is waited for needs no place, and is not held up by those that wait for the outside", async (t) => {
  const database = await allDue(t, 40);
  const outside = gate();
  const work = async (orderId: string) => {
    if (orderId !== "buyer") await outside.pass();
  };
  const sagas = driver(t, database, plan(work), { instanceId: "two" });
  await sagas.start();
  await outside.reached;
  await start(database, sagas, "buyer");
  t.is((await sagas.drive("buyer", soon())).progress.phase, "done");
  outside.open();
  while ((await database.sql.rows(OPEN)).length > 0) await aMoment();
});

const backs = test.macro({
  async exec(t: ExecutionContext, chance: number, share: number) {
    let nowMs = 1_800_000_000_000;
    const database = await open(t, () => nowMs);
    let asked = 0;
    const down = async () => {
      asked += 1;
      throw new DomainError("unavailable", "PROVIDER_DOWN");
    };
    const sagas = driver(t, database, plan(down), {
      clock: () => nowMs,
      maxAttempts: Number.POSITIVE_INFINITY,
      entropy: (length) => new Uint8Array(length).fill(chance),
    });
    await sagas.start();
    await start(database, sagas);
    const pauses: number[] = [];
    for (let attempts = 1; attempts <= 10; attempts++) {
      while ((await sagas.find("s1"))?.attempts !== attempts) await aMoment();
      const row = await database.sql.row<{ wake_ms: string }>("SELECT wake_ms FROM mesh_saga");
      pauses.push(Number(row?.wake_ms) - nowMs);
      t.is(asked, attempts);
      nowMs = Number(row?.wake_ms);
    }
    const full = [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000];
    t.deepEqual(
      pauses,
      full.map((ms) => ms * share),
    );
  },
  title: (_, __, share) =>
    `a step that fails is asked again after ${share} of 200 ms, then of twice as long each time, up to half a minute`,
});
test(backs, 0, 0.5);
test(backs, 255, 1);
