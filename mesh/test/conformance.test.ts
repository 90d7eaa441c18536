import { create, type Message, toBinary } from "@bufbuild/protobuf";
import {
  GetAvailabilityRequestSchema,
  GetAvailabilityResponseSchema,
  InventoryService,
  WatchAvailabilityRequestSchema,
} from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test, { type ExecutionContext } from "ava";
import { contractOf } from "../src/contract.ts";
import { createDispatch } from "../src/dispatch.ts";
import type { Implementation } from "../src/handler.ts";
import { deadlineInterceptor } from "../src/interceptors/deadline.ts";
import { errorsInterceptor } from "../src/interceptors/errors.ts";
import { validationInterceptor } from "../src/interceptors/validation.ts";
import type { Call } from "../src/call.ts";
import type { Outgoing, Transport } from "../src/transport/transport.ts";
import { silentLog } from "../src/testing/index.ts";
import { kinds, open } from "./conformance-transports.ts";

type Behaviour = {
  readonly getAvailability?: (request: { skus: string[] }, call: Call) => Promise<object>;
  readonly watchAvailability?: (request: { skus: string[] }, call: Call) => AsyncIterable<object>;
};

const { getAvailability, watchAvailability } = InventoryService.method;

/** One server behind each of the transports; every test runs over all of them. */
const conforms = test.macro<[string, Behaviour, (t: ExecutionContext, transport: Transport) => Promise<void>]>({
  title: (_, title) => title ?? "",
  async exec(t, _title, behaviour, check) {
    const implementation = {
      contract: InventoryService,
      handlers: behaviour,
    } as unknown as Implementation;
    const dispatch = createDispatch(
      [implementation],
      (method) => [
        errorsInterceptor(contractOf(method).path, silentLog),
        deadlineInterceptor(contractOf(method)),
        validationInterceptor(method),
      ],
      { region: "eu", sql: unreachable(), transaction: unreachable() },
    );
    for (const kind of kinds) {
      const { transport, stop } = await open(kind, dispatch);
      await check(t, transport).catch((error: unknown) => t.fail(`${kind}: ${String(error)}`));
      await stop();
    }
  },
});

const request = create(GetAvailabilityRequestSchema, { skus: ["MUG-1"] });
const answer = create(GetAvailabilityResponseSchema, {
  availability: [{ sku: "MUG-1", available: 7 }],
});

test(
  conforms,
  "an answer is equal to the byte over every transport",
  { getAvailability: async () => answer },
  async (t, transport) => {
    const response = await transport.unary(contractOf(getAvailability), request, outgoing());
    t.deepEqual(
      toBinary(GetAvailabilityResponseSchema, response as typeof answer),
      toBinary(GetAvailabilityResponseSchema, answer),
    );
  },
);

test(
  conforms,
  "a refusal arrives with its kind, reason and metadata, as a new object",
  {
    async getAvailability() {
      throw new DomainError("precondition", "OUT_OF_STOCK", { sku: "MÜG-1" });
    },
  },
  async (t, transport) => {
    const error = await refusal(t, transport.unary(contractOf(getAvailability), request, outgoing()));
    t.like(error, { kind: "precondition", reason: "OUT_OF_STOCK", metadata: { sku: "MÜG-1" } });
  },
);

test(
  conforms,
  "what is no refusal is told as an internal error and nothing more",
  {
    async getAvailability() {
      throw new TypeError("the password is hunter2");
    },
  },
  async (t, transport) => {
    const error = await refusal(t, transport.unary(contractOf(getAvailability), request, outgoing()));
    t.is(error.kind, "internal");
    t.false(error.message.includes("hunter2"));
  },
);

test(conforms, "a wrong field is named", { getAvailability: async () => answer }, async (t, transport) => {
  const wrong = create(GetAvailabilityRequestSchema, { skus: [] });
  const error = await refusal(t, transport.unary(contractOf(getAvailability), wrong, outgoing()));
  t.like(error, { kind: "invalid", reason: "VALIDATION_FAILED" });
  t.is(error.violations[0]?.field, "skus");
});

test(
  conforms,
  "a deadline ends a call whose handler does not listen, and aborts its signal",
  {
    getAvailability: async (_, call) => {
      entered += 1;
      await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
      aborted += 1;
      return answer;
    },
  },
  async (t, transport) => {
    const before = { entered, aborted };
    // On a busy machine a deadline may pass before the call has reached its handler: then a longer one is tried.
    for (let timeoutMs = 100; entered === before.entered; timeoutMs *= 2) {
      const call = transport.unary(contractOf(getAvailability), request, {
        ...outgoing(),
        deadlineMs: Date.now() + timeoutMs,
      });
      t.is((await refusal(t, call)).kind, "deadline");
    }
    await until(() => aborted > before.aborted);
  },
);
let entered = 0;
let aborted = 0;

test(
  conforms,
  "a client that leaves aborts the handler",
  {
    getAvailability: async (_, call) => {
      started.resolve();
      await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
      cancelled += 1;
      return answer;
    },
  },
  async (t, transport) => {
    started = Promise.withResolvers();
    const before = cancelled;
    const abort = new AbortController();
    const call = refusal(
      t,
      transport.unary(contractOf(getAvailability), request, {
        ...outgoing(),
        signal: abort.signal,
      }),
    );
    await started.promise;
    abort.abort();
    t.is((await call).kind, "cancelled");
    await until(() => cancelled > before);
  },
);
let cancelled = 0;
let started = Promise.withResolvers<void>();

test(conforms, "a method without a handler is unimplemented", {}, async (t, transport) => {
  t.is((await refusal(t, transport.unary(contractOf(getAvailability), request, outgoing()))).kind, "unimplemented");
});

test(
  conforms,
  "headers reach the handler",
  {
    async getAvailability(_, call) {
      throw new DomainError("aborted", "SEEN", { id: call.requestId });
    },
  },
  async (t, transport) => {
    const error = await refusal(
      t,
      transport.unary(contractOf(getAvailability), request, {
        ...outgoing(),
        headers: { "x-request-id": "r-1" },
      }),
    );
    t.is(error.metadata["id"], "r-1");
  },
);

const watch = create(WatchAvailabilityRequestSchema, { skus: ["MUG-1"] });

test(
  conforms,
  "a stream keeps its order and its end",
  {
    async *watchAvailability() {
      for (let index = 0; index < 50; index++) yield { cursor: String(index) };
    },
  },
  async (t, transport) => {
    const cursors = [];
    for await (const message of transport.stream(contractOf(watchAvailability), watch, outgoing())) {
      cursors.push((message as Message & { cursor: string }).cursor);
    }
    t.deepEqual(
      cursors,
      Array.from({ length: 50 }, (_, index) => String(index)),
    );
  },
);

test(
  conforms,
  "a stream that fails says why after what it had sent",
  {
    async *watchAvailability() {
      yield { cursor: "1" };
      throw new DomainError("unavailable", "DRAINING");
    },
  },
  async (t, transport) => {
    const seen: Message[] = [];
    const error = await refusal(t, collect(transport.stream(contractOf(watchAvailability), watch, outgoing()), seen));
    t.like(error, { kind: "unavailable", reason: "DRAINING" });
    t.is(seen.length, 1);
  },
);

test(
  conforms,
  "a stream that its reader leaves is ended at its source",
  {
    async *watchAvailability(_, call) {
      try {
        yield { cursor: "1" };
        await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
      } finally {
        left += 1;
      }
    },
  },
  async (t, transport) => {
    const before = left;
    const abort = new AbortController();
    for await (const _ of transport.stream(contractOf(watchAvailability), watch, {
      ...outgoing(),
      signal: abort.signal,
    }))
      break;
    abort.abort();
    await until(() => left > before);
    t.pass();
  },
);
let left = 0;

async function collect(messages: AsyncIterable<Message>, seen: Message[]): Promise<void> {
  for await (const message of messages) seen.push(message);
}

async function refusal(t: ExecutionContext, call: Promise<unknown>): Promise<DomainError> {
  return (await t.throwsAsync(call, { instanceOf: DomainError })) ?? new DomainError("internal", "NOT_REFUSED");
}

async function until(holds: () => boolean): Promise<void> {
  const limit = Date.now() + 5_000;
  while (!holds()) {
    if (Date.now() > limit) throw new Error("it did not come to pass within 5 s");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function outgoing(): Outgoing {
  return {
    headers: {},
    deadlineMs: Number.POSITIVE_INFINITY,
    signal: new AbortController().signal,
  };
}

function unreachable(): never {
  return undefined as never;
}
