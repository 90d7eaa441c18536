import test from "ava";
import { createPoller } from "../src/saga/poller.ts";
import type { Sql } from "../src/sql.ts";
import { silentLog } from "../src/testing/index.ts";
import { activeOperation, withOperation } from "../src/telemetry/spans.ts";

test("a look that the end of a saga asked for is no part of that saga's work", async (t) => {
  const looked = Promise.withResolvers<string>();
  const sql = {
    async rows() {
      looked.resolve(activeOperation());
      return [];
    },
  } as unknown as Sql;
  const poller = createPoller({
    sql,
    clock: Date.now,
    realTime: Date.now,
    log: silentLog,
    instanceId: "here",
    pollMs: 60_000,
  });
  t.teardown(poller.stop);
  // It has as many as it takes, so it looks as soon as most have ended.
  let runningCount = 64;
  poller.add("parcel", { wake: () => undefined, runningCount: () => runningCount });
  await poller.start();
  runningCount = 1;
  withOperation("saga parcel", poller.ended);
  t.is(await looked.promise, "");
});
