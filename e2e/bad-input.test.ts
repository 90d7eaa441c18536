import test from "ava";
import { startMesh, type TestMesh } from "../dev/src/testing.ts";
import { badCalls, callBad } from "./bad-input/grpc.ts";
import { badRequests, sendBad } from "./bad-input/http.ts";
import { errorLines } from "./bad-input/logs.ts";

/** What strangers send by mistake or on purpose, at a real mesh's doors: the right status and reason for each. */
let started: TestMesh | undefined;
const mesh = (): TestMesh => {
  if (started === undefined) throw new Error("the mesh is not there");
  return started;
};

test.before("a small mesh starts", async (t) => {
  t.timeout(180_000);
  started = await startMesh({ topology: "solo", services: ["gateway", "auth", "catalog", "inventory", "payment"] });
});
test.after.always("it stops", async () => started?.stop());

for (const bad of badRequests) {
  test(`the gateway, ${bad.name}: ${bad.told}`, async (t) => {
    t.is(await sendBad(mesh().gatewayUrl, bad), bad.told);
  });
}

for (const bad of badCalls) {
  test(`gRPC at both doors, ${bad.name}: ${bad.told}`, async (t) => {
    t.is(await callBad(new URL(mesh().gatewayUrl).host, bad), bad.told);
    t.is(await callBad(mesh().address("catalog"), bad), bad.told);
  });
}

test.after("nothing of it was anybody's fault inside", (t) => {
  t.deepEqual(errorLines(mesh().logsFolder), []);
});
