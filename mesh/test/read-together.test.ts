import { setImmediate as nextRound } from "node:timers/promises";
import { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import type { Origin } from "../src/call.ts";
import { type ReadMany, readTogether } from "../src/read-together.ts";

function originOf(actorToken: string, deadlineMs: number, criticality: Criticality = Criticality.NORMAL): Origin {
  const { signal } = new AbortController();
  return { actorToken, deadlineMs, criticality, signal, requestId: `of-${actorToken}`, isInTransaction: false };
}

/** Reads that end when the test says so: each key is its own value, but "unknown". */
function library(maxKeys = 10) {
  const begun: { keys: readonly string[]; origin: Origin; end: (error?: Error) => void }[] = [];
  const read: ReadMany<string, string> = (keys, origin) =>
    new Promise((resolve, reject) => {
      const found = new Map(keys.filter((key) => key !== "unknown").map((key) => [key, `${key}!`]));
      begun.push({ keys, origin, end: (error) => (error === undefined ? resolve(found) : reject(error)) });
    });
  return { begun, read: readTogether(read, maxKeys) };
}

test("who asks alone asks at once, by its own origin", async (t) => {
  const { begun, read } = library();
  const origin = originOf("ada", 1_000);
  const answer = read(["A", "unknown"], origin);
  t.is(begun.length, 1);
  t.is(begun[0]?.origin, origin);
  begun[0]?.end();
  t.deepEqual(await answer, new Map([["A", "A!"]]));
});

test("who comes meanwhile gets what was read after it came, by one question, and of that its own", async (t) => {
  const { begun, read } = library();
  const first = read(["A"], originOf("ada", 1_000));
  const second = read(["A", "B"], originOf("bob", 3_000, Criticality.CRITICAL));
  const third = read(["B", "C"], originOf("cy", 2_000, Criticality.SHEDDABLE));
  t.is(begun.length, 1);
  begun[0]?.end();
  await first;
  await nextRound();
  t.deepEqual(
    begun.slice(1).map(({ keys }) => keys),
    [["A", "B", "C"]],
  );
  const { actorToken = "none", deadlineMs, criticality } = begun[1]?.origin ?? {};
  t.deepEqual(
    { actorToken, deadlineMs, criticality },
    { actorToken: "", deadlineMs: 3_000, criticality: Criticality.CRITICAL },
  );
  begun[1]?.end();
  t.deepEqual([...(await second).keys()], ["A", "B"]);
  t.deepEqual([...(await third).keys()], ["B", "C"]);
});

test("more keys than go in one question go in several", async (t) => {
  const { begun, read } = library(2);
  const first = read(["A"], originOf("ada", 1_000));
  const others = [read(["B", "C"], originOf("bob", 1_000)), read(["D"], originOf("cy", 1_000))];
  begun[0]?.end();
  await first;
  await nextRound();
  t.deepEqual(
    begun.slice(1).map(({ keys }) => keys),
    [["B", "C"], ["D"]],
  );
  for (const { end } of begun.slice(1)) end();
  t.deepEqual(
    (await Promise.all(others)).map((values) => [...values.keys()]),
    [["B", "C"], ["D"]],
  );
});

test("an answer that does not come keeps back nobody else", async (t) => {
  const { begun, read } = library();
  const hanging = read(["A"], originOf("ada", 1_000));
  const other = read(["B"], originOf("bob", 1_000));
  while (begun.length < 2) await nextRound();
  begun[1]?.end();
  t.deepEqual([...(await other).keys()], ["B"]);
  begun[0]?.end();
  await hanging;
});

test("what fails fails for those who asked for it, and whoever comes then asks anew", async (t) => {
  const { begun, read } = library();
  const away = new DomainError("unavailable", "UNAVAILABLE");
  const first = t.throwsAsync(read(["A"], originOf("ada", 1_000)));
  const second = read(["B"], originOf("bob", 1_000));
  begun[0]?.end(away);
  t.is(await first, away);
  await nextRound();
  begun[1]?.end();
  t.deepEqual([...(await second).keys()], ["B"]);
});
