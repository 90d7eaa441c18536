import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import fc from "fast-check";
import { createTogether, cutBatch, oneByOne, type Outcome } from "../src/effects/together.ts";

const keys = fc.uniqueArray(fc.constantFrom("A", "B", "C", "D"), { minLength: 1, maxLength: 3 });
const queue = fc.array(
  keys.map((own) => ({ keys: own })),
  { maxLength: 12 },
);

test("a batch touches nothing that is busy, overtakes nobody who waits for the same, and loses none", (t) => {
  fc.assert(
    fc.property(queue, keys, fc.integer({ min: 1, max: 5 }), (waiting, taken, most) => {
      const busy = new Set(taken);
      const { batch, rest } = cutBatch(waiting, busy, most);
      t.true(batch.length <= most);
      t.deepEqual(
        [...batch, ...rest].toSorted((a, b) => waiting.indexOf(a) - waiting.indexOf(b)),
        waiting,
      );
      for (const entry of batch) {
        t.false(entry.keys.some((key) => busy.has(key)));
        const earlier = rest.filter((other) => waiting.indexOf(other) < waiting.indexOf(entry));
        t.false(earlier.some((other) => other.keys.some((key) => entry.keys.includes(key))));
      }
      if (batch.length < most && rest[0] !== undefined) {
        t.true(
          rest[0].keys.some((key) => busy.has(key)),
          "the first who waits has a reason to",
        );
      }
    }),
  );
});

/** Work that ends when the test says so. */
function workshop(maxBatches: number) {
  const begun: { items: readonly string[]; end: (outcomes: readonly Outcome<string>[]) => void }[] = [];
  const together = createTogether<string, string>({
    keysOf: (item) => [item.charAt(0)],
    work: (items) => new Promise((end) => begun.push({ items, end })),
    maxItems: 10,
    maxBatches,
  });
  return { begun, together, done: (item: string) => ({ kind: "done", answer: `${item}!` }) as const };
}

test("what comes while a key is busy is done together, and each has its own answer", async (t) => {
  const { begun, together, done } = workshop(2);
  const first = together("A1");
  const others = [together("A2"), together("A3")];
  const elsewhere = together("B1");
  t.deepEqual(
    begun.map(({ items }) => items),
    [["A1"], ["B1"]],
  );
  begun[0]?.end([done("A1")]);
  t.is(await first, "A1!");
  t.deepEqual(begun[2]?.items, ["A2", "A3"]);
  const refusal = new DomainError("precondition", "OUT_OF_STOCK", {});
  begun[2]?.end([{ kind: "refused", refusal }, done("A3")]);
  t.is(await t.throwsAsync(async () => others[0]), refusal);
  t.is(await others[1], "A3!");
  begun[1]?.end([done("B1")]);
  t.is(await elsewhere, "B1!");
});

test("more than may be under way waits, and goes in one", async (t) => {
  const { begun, together, done } = workshop(1);
  const all = ["A", "B", "C"].map((item) => together(item));
  t.is(begun.length, 1);
  begun[0]?.end([done("A")]);
  await all[0];
  t.deepEqual(begun[1]?.items, ["B", "C"]);
  begun[1]?.end([done("B"), done("C")]);
  t.deepEqual(await Promise.all(all), ["A!", "B!", "C!"]);
});

test("work that fails fails for all of it, and frees what it touched", async (t) => {
  let fails = true;
  const together = createTogether<string, string>({
    keysOf: () => ["A"],
    async work(items) {
      if (fails) throw new Error("the database is away");
      return items.map((answer) => ({ kind: "done", answer }));
    },
    maxItems: 10,
    maxBatches: 1,
  });
  await t.throwsAsync(together("one"), { message: "the database is away" });
  fails = false;
  t.is(await together("two"), "two");
});

test("one by one a refusal is one's own, and without a database nobody is kept waiting", async (t) => {
  const work = (reason: string) => async (item: string) => {
    if (item === "B") throw new DomainError(reason === "AWAY" ? "unavailable" : "precondition", reason, {});
    return item;
  };
  const outcomes = await oneByOne(["A", "B", "C"], work("OUT_OF_STOCK"));
  t.deepEqual(
    outcomes.map(({ kind }) => kind),
    ["done", "refused", "done"],
  );
  t.like(await t.throwsAsync(oneByOne(["A", "B", "C"], work("AWAY"))), { reason: "AWAY" });
});
