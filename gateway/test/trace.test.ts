import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { trace } from "@opentelemetry/api";
import { startTelemetry } from "@shopmesh/mesh/telemetry/start";
import test from "ava";
import { openDoor } from "./door.ts";

test("a call goes on in the trace that its client began, and in one of its own where that is no trace", async (t) => {
  const collector = createServer((request, response) => void request.resume().on("end", () => response.end("{}")));
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  t.teardown(() => collector.close());
  const otlpUrl = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  const telemetry = startTelemetry({ service: "gateway", otlpUrl, region: "eu", isMetricsEnabled: false });
  t.teardown(telemetry.shutdown);
  const spans: (readonly [traceId: string, flags: number])[] = [];
  const { post } = await openDoor(t, {
    answer: () => {
      const { traceId = "", traceFlags = 0 } = trace.getActiveSpan()?.spanContext() ?? {};
      spans.push([traceId, traceFlags]);
      return {};
    },
  });
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const ask = (traceparent: string) => post("catalog.v1.CatalogService/ListCategories", {}, { traceparent });
  await ask(`00-${traceId}-b7ad6b7169203331-01`);
  await ask(`00-${traceId}-b7ad6b7169203331-00`);
  await ask(`00-${"0".repeat(32)}-b7ad6b7169203331-01`);
  await ask(`ff-${traceId}-b7ad6b7169203331-01`);
  await ask("<script>");
  t.deepEqual(
    spans.map(([id, flags]) => [id === traceId, flags]),
    [
      [true, 1],
      [true, 1],
      [false, 1],
      [false, 1],
      [false, 1],
    ],
  );
});
