import test from "ava";
import { readSettings } from "../../src/host/settings.ts";

const key = "0".repeat(64);
const told = { MESH_KEY: key, SECRET_KEY: key };

test("NATS is one server or those of a cluster", (t) => {
  const cluster = "nats://shop:secret@nats-1:4222,nats://nats-2:4222";
  t.is(readSettings({ ...told, NATS_URL: cluster }).natsUrl, cluster);
  for (const url of ["nats-1:4222", "nats://nats-1:4222,nats-2:4222", "nats://nats-1:4222,"])
    t.throws(
      () => readSettings({ ...told, NATS_URL: url }),
      { message: /NATS_URL must be a URL starting with nats:/ },
      url,
    );
});
