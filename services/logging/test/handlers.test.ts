import { create } from "@bufbuild/protobuf";
import {
  GetTraceRequestSchema,
  SearchTracesRequestSchema,
} from "@shopmesh/contracts/shop/logging/v1/logging_service_pb.ts";
import type { Call } from "@shopmesh/mesh";
import test from "ava";
import { loggingHandlers } from "../src/handlers.ts";
import { createTraceStore } from "../src/trace-store.ts";
import { span, spanId, traceId } from "./span-fixture.ts";

// These handlers ask their call for nothing.
const CALL = {} as Call;

function answering(...spans: readonly ReturnType<typeof span>[]) {
  const store = createTraceStore({
    maxSpans: 500,
    maxBytes: 1_000_000,
    maxSpansPerTrace: 100,
    maxLogLinesPerTrace: 10,
    maxAgeMs: 60_000,
  });
  store.addSpans(spans, 0);
  return loggingHandlers(store);
}

test("a trace that is not kept is TRACE_NOT_FOUND", async (t) => {
  const request = create(GetTraceRequestSchema, { traceId: traceId(9) });
  await t.throwsAsync(answering().getTrace(request, CALL), { name: "DomainError", message: /trace not found/ });
});

test("a trace is answered with its tree, its times to the microsecond and what is linked", async (t) => {
  const link = { traceId: traceId(1), spanId: spanId(1), attributes: {} };
  const { trace, linkedTraces } = await answering(
    span({ startUs: 1_763_700_000_123_456, durationUs: 900 }),
    span({ spanId: spanId(2), parentSpanId: spanId(1), startUs: 1_763_700_000_123_500 }),
    span({ traceId: traceId(2), links: [link] }),
  ).getTrace(create(GetTraceRequestSchema, { traceId: traceId(1) }), CALL);
  t.like(trace, { durationUs: 900n, startTime: { seconds: 1_763_700_000n, nanos: 123_456_000 } });
  t.deepEqual(
    trace?.spans?.map(({ depth }) => depth),
    [0, 1],
  );
  t.deepEqual(
    linkedTraces?.map((one) => one.traceId),
    [traceId(2)],
  );
});

test("every trace comes on exactly one page", async (t) => {
  const numbers = Array.from({ length: 7 }, (_, index) => index + 1);
  const { searchTraces } = answering(...numbers.map((number) => span({ traceId: traceId(number), startUs: number })));
  const seen: (string | undefined)[] = [];
  let pageToken = "";
  do {
    const page = await searchTraces(create(SearchTracesRequestSchema, { pageSize: 3, pageToken }), CALL);
    seen.push(...(page.traces ?? []).map((one) => one.traceId));
    pageToken = page.nextPageToken ?? "";
  } while (pageToken !== "");
  t.deepEqual(seen, numbers.toReversed().map(traceId));
});

test("a page token that was not made here is refused and its field named", async (t) => {
  const request = create(SearchTracesRequestSchema, { pageToken: "nonsense" });
  const error = await t.throwsAsync(answering().searchTraces(request, CALL), { name: "DomainError" });
  t.like(error, { reason: "PAGE_TOKEN_INVALID", violations: [{ field: "page_token" }] });
});

test("the traces of an order are found by its number", async (t) => {
  const attributes = { "order.number": "E7Q2M9-XK4TR8" };
  const { searchTraces } = answering(span({ attributes }), span({ traceId: traceId(2) }));
  const { traces } = await searchTraces(create(SearchTracesRequestSchema, { attributes }), CALL);
  t.deepEqual(
    traces?.map((one) => one.traceId),
    [traceId(1)],
  );
});

test("a trace is searched by its duration and start", async (t) => {
  const { searchTraces } = answering(
    span({ startUs: 5_000_000, durationUs: 1_500_000 }),
    span({ traceId: traceId(2), startUs: 5_000_000 }),
    span({ traceId: traceId(3), startUs: 4_999_999, durationUs: 1_500_000 }),
  );
  const request = { minDuration: { seconds: 1n, nanos: 500_000_000 }, startTime: { seconds: 5n, nanos: 0 } };
  const { traces } = await searchTraces(create(SearchTracesRequestSchema, request), CALL);
  t.deepEqual(
    traces?.map((one) => one.traceId),
    [traceId(1)],
  );
});
