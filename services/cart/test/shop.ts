import { create } from "@bufbuild/protobuf";
import { createHash, randomUUID } from "node:crypto";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import {
  EvaluatePromotionsResponseSchema,
  PromotionService,
} from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { type Actor, overloaded } from "@shopmesh/mesh";
import { testService } from "@shopmesh/mesh/testing";
import type { ExecutionContext } from "ava";
import { cart } from "../src/service.ts";

/** What the services around the cart say; a test changes it. */
export type World = {
  nowMs: number;
  /** Cents by sku. */
  readonly prices: Map<string, bigint>;
  readonly archived: Set<string>;
  readonly stock: Map<string, number>;
  /** Problems by coupon; "" is a coupon that takes 100 off the first line. */
  readonly coupons: Map<string, string>;
  readonly away: Set<"catalog" | "inventory" | "promotion">;
  /** Those that have too much to do. */
  readonly busy: Set<"catalog" | "inventory" | "promotion">;
  /** How often each was asked. */
  readonly calls: Map<string, number>;
  /** Called before an answer, by service. */
  readonly before: Map<string, () => Promise<void>>;
};

export const sellerId = "0190a000-0000-7000-8000-00000000005e";

/** The cart service in a small shop: MUG 12.00 (5 left), TEE 19.90 (50 left), coupon SAVE. */
export async function shop(t: ExecutionContext, poolSize = 4) {
  const world: World = {
    nowMs: Date.parse("2026-11-21T10:00:00Z"),
    prices: new Map([
      ["MUG", 1200n],
      ["TEE", 1990n],
    ]),
    archived: new Set(),
    stock: new Map([
      ["MUG", 5],
      ["TEE", 50],
    ]),
    coupons: new Map([["SAVE", ""]]),
    away: new Set(),
    busy: new Set(),
    calls: new Map(),
    before: new Map(),
  };
  const service = await testService(t, cart, {
    clients: clientsOf(world),
    nowMs: () => world.nowMs,
    poolSize,
  });
  return {
    ...service,
    world,
    carts: (actor: Actor, signal?: AbortSignal) => service.as(actor)(CartService, signal),
    /** What the service's schedules do when one of them is due. */
    due: async (purpose: string) => {
      const [schedules] = service.parts.workers ?? [];
      await schedules?.work({ purpose } as never, {} as never, {} as never);
    },
    order: (actor: Actor) => service.as(actor, "order")(CartService),
    events: async () =>
      (
        await service.database.sql.rows<{ subject: string; version: string }>(
          "SELECT subject, version FROM mesh_outbox ORDER BY id",
        )
      ).map(({ subject, version }) => `${subject.split(".").at(-1)} ${version}`),
  };
}

export const anonymous: Actor = { kind: "anonymous" };
export const orderItself: Actor = { kind: "service", name: "order" };

export function guest(accessToken: string): Actor {
  return { kind: "guest", tokenHash: createHash("sha256").update(accessToken).digest("hex") };
}

export function customer(id: string): Actor {
  return { kind: "person", id, roles: ["customer"], sellerId: undefined, sessionId: "s" };
}

/** A customer's cart and the customer's client. */
export async function customerCart({ carts }: Awaited<ReturnType<typeof shop>>) {
  const actor = customer(randomUUID());
  const client = carts(actor);
  return { cartId: (await client.createCart({})).cart?.id ?? "", actor, client };
}

/** A guest's new cart and the guest's client. */
export async function guestCart({ carts }: Awaited<ReturnType<typeof shop>>) {
  const made = await carts(anonymous).createCart({});
  const actor = guest(made.accessToken);
  return { cartId: made.cart?.id ?? "", token: made.accessToken, actor, client: carts(actor) };
}

export const reasonOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "accepted",
    (error: unknown) => (error instanceof DomainError ? error.reason : error),
  );

function clientsOf(world: World) {
  const enter = async (service: "catalog" | "inventory" | "promotion") => {
    world.calls.set(service, (world.calls.get(service) ?? 0) + 1);
    await world.before.get(service)?.();
    if (world.busy.has(service)) throw overloaded();
    if (world.away.has(service)) throw new DomainError("unavailable", "SERVICE_UNAVAILABLE", { service });
  };
  const money = (minorUnits: bigint) => ({ currencyCode: "EUR", minorUnits });
  return new Map<typeof CatalogService | typeof InventoryService | typeof PromotionService, unknown>([
    [
      CatalogService,
      {
        async batchGetOffers({ skus }: { skus: string[] }) {
          await enter("catalog");
          const known = skus.filter((sku) => world.prices.has(sku));
          return {
            offers: known.map((sku) => ({
              sku,
              title: `The ${sku}`,
              optionTitle: "",
              productId: "0190a000-0000-7000-8000-0000000000aa",
              sellerId,
              categoryId: "",
              pictureUrl: "",
              weightGrams: 300,
              price: money(world.prices.get(sku) ?? 0n),
              sellable: !world.archived.has(sku),
            })),
            missingSkus: skus.filter((sku) => !world.prices.has(sku)),
          };
        },
      },
    ],
    [
      InventoryService,
      {
        async getAvailability({ skus }: { skus: string[] }) {
          await enter("inventory");
          return {
            availability: skus.map((sku) => ({ sku, available: world.stock.get(sku) ?? 0 })),
          };
        },
      },
    ],
    [
      PromotionService,
      {
        async evaluatePromotions({ lines, couponCode }: { lines: { sku: string }[]; couponCode: string }) {
          await enter("promotion");
          const problem = couponCode === "" ? "" : (world.coupons.get(couponCode) ?? "COUPON_NOT_FOUND");
          const first = lines[0];
          const discounts =
            couponCode === "" || problem !== "" || first === undefined
              ? []
              : [
                  {
                    sku: first.sku,
                    promotionId: "0190a000-0000-7000-8000-0000000000bb",
                    label: "Save",
                    amount: money(100n),
                  },
                ];
          return create(EvaluatePromotionsResponseSchema, { discounts, couponProblem: problem, couponCode });
        },
      },
    ],
  ]);
}
