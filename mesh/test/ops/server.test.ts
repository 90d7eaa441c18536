import test, { type ExecutionContext } from "ava";
import { type OpsOptions, type Readiness, startOps } from "../../src/ops/server.ts";

async function opened(t: ExecutionContext, readiness: OpsOptions["readiness"]): Promise<string> {
  const ops = await startOps({
    port: 0,
    readiness,
    metricsHandler: (_, response) => void response.end("up 1\n"),
  });
  t.teardown(ops.stop);
  return `http://127.0.0.1:${ops.port}`;
}

const ready: Readiness = { ready: true, parts: { database: { ready: true } } };

test("liveness asks nothing", async (t) => {
  let asked = 0;
  const url = await opened(t, async () => {
    asked += 1;
    return ready;
  });
  t.is((await fetch(`${url}/healthz`)).status, 200);
  t.is(asked, 0);
});

test("a ready process says so, with its parts, memory and start", async (t) => {
  const response = await fetch(`${await opened(t, async () => ready)}/readyz?verbose`);
  t.is(response.status, 200);
  const body: Readiness & { memoryBytes: number; startMs: number } = JSON.parse(await response.text());
  t.like(body, ready);
  t.true(body.memoryBytes > 1_000_000);
  t.true(body.startMs <= Date.now() && body.startMs > Date.now() - 600_000);
});

test("a part that is down makes the process unready and is named", async (t) => {
  const parts = { database: { ready: true }, nats: { ready: false, reason: "connection refused" } };
  const response = await fetch(`${await opened(t, async () => ({ ready: false, parts }))}/readyz`);
  t.is(response.status, 503);
  t.like(await response.json(), { ready: false, parts });
});

test("a check that fails is not ready", async (t) => {
  const response = await fetch(`${await opened(t, () => Promise.reject(new Error("pool is closed")))}/readyz`);
  t.is(response.status, 503);
  t.like(await response.json(), {
    ready: false,
    parts: { readiness: { ready: false, reason: "pool is closed" } },
  });
});

test("a check that never answers is not ready", async (t) => {
  const response = await fetch(`${await opened(t, () => new Promise(() => {}))}/readyz`);
  t.is(response.status, 503);
});

test("metrics are served, nothing else is", async (t) => {
  const url = await opened(t, async () => ready);
  t.is(await (await fetch(`${url}/metrics`)).text(), "up 1\n");
  t.is((await fetch(`${url}/env`)).status, 404);
  t.is((await fetch(`${url}/healthz`, { method: "POST" })).status, 405);
});
