import test from "ava";
import { blockEntropy } from "../../src/host/entropy.ts";

test("bytes come in the length asked for, and none is given out twice", (t) => {
  const entropy = blockEntropy();
  const given = Array.from({ length: 2_000 }, (_, index) => entropy(8 + (index % 9)));
  given.forEach((bytes, index) => t.is(bytes.length, 8 + (index % 9)));
  t.is(new Set(given.map((bytes) => Buffer.from(bytes).toString("hex"))).size, given.length);
  t.is(new Set(given.map((bytes) => bytes.buffer)).size, given.length);
  t.is(entropy(5_000).length, 5_000);
});
