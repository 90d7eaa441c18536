import test from "ava";
import { newestOnly, type Revised } from "../../src/events/newest-only.ts";

/** What is told, and what is remembered for it. */
function start() {
  const told: string[] = [];
  const revisions = new Map<string, number>();
  const news = newestOnly<Revised>(({ key, revision }) => void told.push(`${key}${revision}`), revisions);
  return { told, revisions, ...news };
}

test("what is read and what is watched is told once, and no older value after a newer one", (t) => {
  const { told, read, watched, allRead } = start();
  watched({ key: "a", revision: 1 });
  read({ key: "a", revision: 1 });
  read({ key: "b", revision: 5 });
  read({ key: "c", revision: 4 });
  watched({ key: "b", revision: 2 });
  allRead();
  watched({ key: "b", revision: 3 });
  watched({ key: "c", revision: 4 });
  watched({ key: "b", revision: 5 });
  watched({ key: "b", revision: 6 });
  t.deepEqual(told, ["a1", "b5", "c4", "b6"]);
});

test("keys that come once and never again are not remembered", (t) => {
  const { told, revisions, read, watched, allRead } = start();
  for (let revision = 1; revision <= 100; revision++) read({ key: `session-${revision}-`, revision });
  allRead();
  t.is(revisions.size, 100, "the watch may still tell of them");
  for (let revision = 1; revision <= 1_100; revision++) watched({ key: `session-${revision}-`, revision });
  t.is(told.length, 1_100);
  t.is(revisions.size, 0);
});

test("where the watch was ahead of what is read, nothing is remembered once all is read", (t) => {
  const { told, revisions, read, watched, allRead } = start();
  watched({ key: "a", revision: 7 });
  read({ key: "a", revision: 6 });
  allRead();
  t.deepEqual(told, ["a7"]);
  t.is(revisions.size, 0);
});

test("of an empty bucket nothing is remembered", (t) => {
  const { told, revisions, watched, allRead } = start();
  allRead();
  for (let revision = 1; revision <= 10; revision++) watched({ key: `${revision}-`, revision });
  t.is(told.length, 10);
  t.is(revisions.size, 0);
});
