import { create, type DescMethod, type Message } from "@bufbuild/protobuf";
import * as inventory from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import * as order from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { ExecutionContext } from "ava";
import type { MigrationInterface, QueryRunner } from "typeorm";
import type { Call } from "../src/call.ts";
import type { Database } from "../src/database/database.ts";
import { idempotencyInterceptor } from "../src/interceptors/idempotency.ts";
import type { Interceptor, Next } from "../src/interceptors/interceptor.ts";
import type { Tx } from "../src/sql.ts";
import { type TestDatabase, testDatabase } from "../src/testing/database.ts";

class Effects1800000000000 implements MigrationInterface {
  name = "Effects1800000000000";
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      "CREATE TABLE effect (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, note VARCHAR(40) NOT NULL)",
    );
    await runner.query("CREATE TABLE stock (id VARCHAR(10) NOT NULL PRIMARY KEY, amount INT NOT NULL)");
    await runner.query("INSERT INTO stock VALUES ('a', 0), ('b', 0)");
  }
  async down(): Promise<void> {}
}

export const { createLocation } = inventory.InventoryAdminService.method;
export const { placeOrder } = order.CheckoutService.method;
export const sealKey = new Uint8Array(32).fill(7);

type Handle = (call: Call) => Promise<string>;

export const named = (name: string, requestId = "r1") =>
  create(inventory.CreateLocationRequestSchema, { requestId, name });
export const place = (quoteId: string, requestId = "r1") =>
  create(order.PlaceOrderRequestSchema, { requestId, quoteId });

export async function open(
  t: ExecutionContext,
  options: Parameters<typeof testDatabase>[1] = {},
): Promise<TestDatabase> {
  return testDatabase(t, { migrations: [Effects1800000000000], poolSize: 8, ...options });
}

export function callTo(method: DescMethod, database: Database, overrides: Partial<Call> = {}): Call {
  return {
    method,
    actor: { kind: "person", id: "p1", roles: ["customer"], sellerId: undefined, sessionId: "s1" },
    actorToken: "",
    caller: "order",
    region: "eu",
    requestHeaders: { get: () => undefined },
    responseHeaders: { set: () => undefined },
    requestId: "request",
    deadlineMs: Date.now() + 5_000,
    signal: new AbortController().signal,
    isInTransaction: false,
    sql: database.sql,
    transaction: database.transaction,
    ...overrides,
  };
}

/** A CreateLocation whose handler answers with a name. */
export function atomicCreation(database: Database, handle: Handle) {
  const interceptor = idempotencyInterceptor(createLocation, { database, clock: Date.now, sealKey });
  const answer = through(interceptor, async (_, call) =>
    create(inventory.CreateLocationResponseSchema, { location: { name: await handle(call) } }),
  );
  return async (request: Message, overrides: Partial<Call> = {}): Promise<string | undefined> => {
    const response = await answer(request, callTo(createLocation, database, overrides));
    return (response as inventory.CreateLocationResponse).location?.name;
  };
}

/** A PlaceOrder whose handler answers with a text. */
export function resumableOrder(database: Database, handle: Handle, realTime = Date.now) {
  const options = { database, clock: Date.now, sealKey, realTime };
  const answer = through(idempotencyInterceptor(placeOrder, options), async (_, call) =>
    create(order.PlaceOrderResponseSchema, { rejectReason: await handle(call) }),
  );
  return async (request: Message, overrides: Partial<Call> = {}): Promise<string | undefined> => {
    const response = await answer(request, callTo(placeOrder, database, overrides));
    return (response as order.PlaceOrderResponse).rejectReason;
  };
}

/** `handler` behind `interceptor`, which there must be. */
export function through(interceptor: Interceptor | undefined, handler: Next): Next {
  if (interceptor === undefined) throw new Error("the method has no interceptor");
  return interceptor(handler);
}

export const note = (text: string) => (tx: Tx) => tx.insert("effect", [{ note: text }]);
export const effects = async ({ sql }: Database) =>
  (await sql.rows<{ note: string }>("SELECT note FROM effect ORDER BY id")).map((row) => row.note);
export const reason = (promise: Promise<unknown>) =>
  promise.then(
    (value) => value,
    (error: unknown) => (error instanceof DomainError ? error.reason : error),
  );
