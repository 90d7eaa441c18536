import test from "ava";
import { followBucket } from "../../src/events/bucket.ts";
import { natsConnection, natsServer, quiet, until } from "./support.ts";

const CHANGES = 8;

test("what changes while a process begins to follow is heard at once, and never an older value after a newer one", async (t) => {
  const nats = await natsConnection(t, await natsServer(t));
  const follow = (name: string, hear: (text: string) => void) => {
    const bucket = followBucket({ nats, log: quiet, name, onEntry: (entry) => hear(entry.operation + entry.string()) });
    t.teardown(() => bucket.stop());
    return bucket;
  };
  // Each begins at another moment of the changes.
  const heard = await Promise.all(
    Array.from({ length: CHANGES }, async (_, round) => {
      const seen: string[] = [];
      const writer = follow(`bucket_${round}`, () => undefined);
      const store = await writer.store();
      await store.put("key", "0");
      const changing = (async () => {
        for (let value = 1; value <= CHANGES; value++) {
          if (value === round + 1) follow(`bucket_${round}`, (text) => seen.push(text));
          await store.put("key", String(value));
        }
        await store.delete("key");
      })();
      await changing;
      await until(() => seen.at(-1) === "DEL", 10_000);
      return seen;
    }),
  );
  for (const seen of heard) {
    const values = seen.map((text) => (text === "DEL" ? CHANGES + 1 : Number(text.slice("PUT".length))));
    t.deepEqual(
      values,
      values.toSorted((left, right) => left - right),
    );
  }
});
