import test from "ava";
import { pageTokenAfter, readPageToken } from "../src/page-token.ts";
import { traceId } from "./span-fixture.ts";

test("a page token leads back to where the page ended", (t) => {
  const end = { startUs: 1_763_700_000_123_456, traceId: traceId(7) };
  t.deepEqual(readPageToken(pageTokenAfter(end)), end);
});

test("a token that was not made here is not read", (t) => {
  t.is(readPageToken("x"), undefined);
  t.is(readPageToken(`1.${"z".repeat(32)}`), undefined);
});
