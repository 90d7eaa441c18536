import test from "ava";
import { keep } from "../src/kept.ts";
import { activeOperation, withOperation } from "../src/telemetry/spans.ts";

/** What is read, as its reads are numbered; time moves only when told. */
function numbered() {
  let nowMs = 0;
  let reads = 0;
  const operations: string[] = [];
  const kept = keep(
    async () => {
      operations.push(activeOperation());
      return ++reads;
    },
    () => nowMs,
  );
  return { kept, operations, pass: (ms: number) => void (nowMs += ms) };
}

test("what is kept is read once in half a minute, side by side too, and anew where it was changed here", async (t) => {
  const { kept, pass } = numbered();
  t.deepEqual(await Promise.all([kept.get(), kept.get()]), [1, 1]);
  pass(29_999);
  t.is(await kept.get(), 1);
  pass(1);
  t.is(await kept.get(), 2);
  kept.forget();
  t.is(await kept.get(), 3);
});

test("what could not be read is not kept", async (t) => {
  let isAway = true;
  const kept = keep(
    async () => {
      if (isAway) throw new Error("away");
      return "there";
    },
    () => 0,
  );
  await t.throwsAsync(kept.get(), { message: "away" });
  isAway = false;
  t.is(await kept.get(), "there");
});

test("what is kept is read for everybody: it counts as the work of no call", async (t) => {
  const { kept, operations } = numbered();
  await withOperation("QuoteRates", () => kept.get());
  t.deepEqual(operations, [""]);
});
