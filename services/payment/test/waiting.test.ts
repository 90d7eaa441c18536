import test from "ava";
import { type Book, transferIn } from "../src/book.ts";
import { settle } from "../src/transfer.ts";
import { book, capture, done, refused, takeRest } from "./books.ts";

test("a card taken whole settles later captures only once that has been taken", (t) => {
  const both = capture(capture(book({ isMulticapture: false }), "1", 40n), "2", 60n, { isFinal: true });
  const states = (of: Book) => of.transfers.map(({ state, moves }) => [state, moves]);
  t.deepEqual(states(both), [
    ["pending", 100n],
    ["pending", 0n],
  ]);
  t.deepEqual(states(settle(both, "1", done, 1)), [
    ["succeeded", 100n],
    ["succeeded", 0n],
  ]);
  t.deepEqual(states(settle(both, "1", refused, 1)), [
    ["failed", 100n],
    ["failed", 0n],
  ]);
});

test("a capture that waits for what is taken early is paid by nobody else's taking", (t) => {
  const parcel = settle(capture(book({ isMulticapture: true }), "1", 40n), "1", done, 1);
  const taking = takeRest(parcel, 2);
  const waiting = capture(taking, "2", 60n);
  t.like(transferIn(waiting, "2"), { state: "pending", moves: 0n });
  const after = settle(waiting, "2/take", refused, 3);
  t.like(transferIn(after, "2"), { state: "failed", failureReason: "CAPTURE_REFUSED" });
  t.is(after.payment.taken.minorUnits, 40n);
  // It was the last one: its promise is still there, and it may be asked for again.
  const again = capture(after, "2", 60n);
  t.like(transferIn(again, "2"), { state: "pending", moves: 60n, attempt: 2 });
  t.is(settle(again, "2", done, 4).payment.taken.minorUnits, 100n);
});
