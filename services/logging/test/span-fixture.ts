import type { Span } from "../src/span.ts";

/** A trace id that ends in `number`. */
export function traceId(number: number): string {
  return `a${number.toString(16).padStart(31, "0")}`;
}

/** A span id that ends in `number`. */
export function spanId(number: number): string {
  return `b${number.toString(16).padStart(15, "0")}`;
}

/** A span of trace 1; whatever matters to the test goes into `overrides`. */
export function span(overrides: Partial<Span> = {}): Span {
  return {
    traceId: traceId(1),
    spanId: spanId(1),
    parentSpanId: "",
    service: "order",
    region: "eu",
    name: "shop.order.v1.CheckoutService/PlaceOrder",
    kind: "server",
    startUs: 1_000_000,
    durationUs: 500,
    isError: false,
    statusMessage: "",
    attributes: {},
    events: [],
    links: [],
    ...overrides,
  };
}
