import { randomUUID } from "node:crypto";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { OrderConfirmedSchema } from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import {
  type CreatePromotionRequestSchema,
  PromotionAdminService,
  PromotionService,
} from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Actor, MessageMeta } from "@shopmesh/mesh";
import { testService } from "@shopmesh/mesh/testing";
import type { ExecutionContext } from "ava";
import { promotion } from "../src/service.ts";

export const admin: Actor = { kind: "person", id: randomUUID(), roles: ["admin"], sellerId: undefined, sessionId: "s" };
export const guest: Actor = { kind: "guest", tokenHash: "0".repeat(64) };
const orderItself: Actor = { kind: "service", name: "order" };

export function customer(id: string): Actor {
  return { kind: "person", id, roles: ["customer"], sellerId: undefined, sessionId: "s" };
}

/** The promotion service, its administrator, and order as its caller. */
export async function desk(t: ExecutionContext, poolSize = 4) {
  const world = { nowMs: Date.parse("2026-11-21T10:00:00Z") };
  const service = await testService(t, promotion, { clients: new Map(), nowMs: () => world.nowMs, poolSize });
  const { database } = service;
  const administration = service.as(admin)(PromotionAdminService);
  return {
    ...service,
    world,
    administration,
    order: service.as(orderItself, "order")(PromotionService),
    holder: (actor: Actor) => service.as(actor)(PromotionService),
    /** A coupon TEN of 10 % that anybody may use, but for `overrides`. */
    async offer(overrides: MessageInitShape<typeof CreatePromotionRequestSchema> = {}) {
      const { promotion: made } = await administration.createPromotion({
        requestId: randomUUID(),
        label: "Ten off",
        couponCode: "TEN",
        discountBasisPoints: 1000,
        ...overrides,
      });
      return made?.id ?? "";
    },
    /** As order's event of one of the group's orders reaches it. */
    async confirm(orderGroupId: string, fields: MessageInitShape<typeof OrderConfirmedSchema> = {}) {
      const [consumer] = service.parts.consumers ?? [];
      const [reaction] = consumer?.kind === "shared" ? consumer.reactions : [];
      if (reaction === undefined) throw new Error("nothing listens to OrderConfirmed");
      const event = create(OrderConfirmedSchema, { orderId: randomUUID(), orderGroupId, ...fields });
      const meta: MessageMeta = {
        id: randomUUID(),
        timeMs: world.nowMs,
        region: "eu",
        aggregateId: orderGroupId,
        version: 1n,
        attempt: 1,
      };
      await database.transaction((tx) => reaction.react(event as never, meta, tx));
    },
    redemptionCount: async () =>
      Number(
        (await database.sql.row<{ redemption_count: number }>("SELECT redemption_count FROM promotion"))
          ?.redemption_count,
      ),
    stateOf: async (id: string) =>
      (await database.sql.row<{ state: string }>("SELECT state FROM redemption WHERE id = ?", [id]))?.state,
    events: async () =>
      (
        await database.sql.rows<{ subject: string; aggregate_id: string }>(
          "SELECT subject, aggregate_id FROM mesh_outbox WHERE subject NOT LIKE '%PromotionChanged' ORDER BY id",
        )
      ).map(({ subject, aggregate_id: id }) => ({ name: subject.split(".").at(-1), id })),
  };
}

export const reasonOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "accepted",
    (error: unknown) => (error instanceof DomainError ? error.reason : error),
  );
