import { randomUUID } from "node:crypto";
import { type Json, list, object, type Shop, text } from "./shop.ts";

/** A guest with a filled cart. */
export type Guest = { readonly cartId: string; readonly token: string };

/** A guest's order group. */
export type Placed = {
  readonly state: string;
  readonly groupId: string;
  readonly token: string;
  readonly orders: readonly Json[];
  readonly answer: Json;
};

/** Cards by what comes of them. */
export const cards = {
  good: "pm_card_visa",
  declined: "pm_card_visa_chargeDeclined",
  threeDSecure: "pm_card_threeDSecure2Required",
  lostAnswer: "pm_sandbox_timeoutAfterCharge",
} as const;

export const address = {
  name: "Ada Lovelace",
  line1: "Torstraße 1",
  city: "Berlin",
  postalCode: "10119",
  countryCode: "DE",
};

/** Sellable skus of products by different sellers, one each, in stock. */
export async function skusOfSellers(shop: Shop, count: number): Promise<readonly string[]> {
  const { products } = await shop.call("shop.catalog.v1.CatalogService/ListProducts", {
    pageSize: 100,
  });
  const bySeller = new Map<string, string[]>();
  for (const product of list({ products }, "products")) {
    const skus = list(product, "variants").map((variant) => text(variant, "sku"));
    const seller = text(product, "sellerId");
    bySeller.set(seller, [...(bySeller.get(seller) ?? []), ...skus]);
  }
  const chosen: string[] = [];
  for (const skus of bySeller.values()) {
    const found = list(
      await shop.call("shop.inventory.v1.InventoryService/GetAvailability", {
        skus: skus.slice(0, 50),
      }),
      "availability",
    );
    const sku = found.find((entry) => Number(text(entry, "available")) >= 5);
    if (sku !== undefined) chosen.push(text(sku, "sku"));
    if (chosen.length === count) return chosen;
  }
  throw new Error(`only ${chosen.length} of ${count} sellers have something in stock`);
}

/** A cart with one of each sku: a guest's, or that of whoever is signed in by `session`. */
export async function fillCart(shop: Shop, skus: readonly string[], coupon = "", session = ""): Promise<Guest> {
  const created = await shop.call("shop.cart.v1.CartService/CreateCart", {}, session === "" ? undefined : session);
  const guest = { cartId: text(created, "cart", "id"), token: session || text(created, "accessToken") };
  for (const sku of skus) {
    await shop.call(
      "shop.cart.v1.CartService/AddItem",
      { requestId: `add-${sku}-${randomUUID()}`, cartId: guest.cartId, sku, quantity: 1 },
      guest.token,
    );
  }
  if (coupon !== "")
    await shop.call(
      "shop.cart.v1.CartService/ApplyCoupon",
      { requestId: `coupon-${guest.cartId}`, cartId: guest.cartId, couponCode: coupon },
      guest.token,
    );
  return guest;
}

/** The quote of a guest's cart, sent by the options chosen for sellers, else by the cheapest. */
export async function quote(
  shop: Shop,
  guest: Guest,
  email: string,
  sellerShippingOptions: Readonly<Record<string, string>> = {},
): Promise<Json> {
  const request = { cartId: guest.cartId, email, shippingAddress: address, sellerShippingOptions };
  return object(await shop.call("shop.order.v1.CheckoutService/QuoteCheckout", request, guest.token), "quote");
}

/** Places the order of a quote with a card, or with several tenders. */
export async function place(
  shop: Shop,
  guest: Guest,
  quoteId: string,
  means: string | readonly Json[],
  requestId = `place-${quoteId}`,
): Promise<Placed> {
  const answer = await shop.call(
    "shop.order.v1.CheckoutService/PlaceOrder",
    {
      requestId,
      quoteId,
      tenders: typeof means === "string" ? [{ card: { paymentMethod: means } }] : means,
      returnUrl: "http://localhost:8080/return",
    },
    guest.token,
  );
  const group = object(answer, "group");
  return {
    state: text(answer, "state").replace("CHECKOUT_STATE_", ""),
    groupId: text(group, "id"),
    token: text(answer, "accessToken"),
    orders: list(group, "orders"),
    answer,
  };
}

/** How long a parcel is on its way at most, in seconds. */
export const PARCEL_TRAVEL_S = 60 * 3_600;

/** Lets that time pass in the whole mesh; `session`: an administrator's. */
export function letParcelsTravel(shop: Shop, session: string): Promise<Json> {
  return shop.call("shop.mesh.v1.ClockService/Advance", { by: `${PARCEL_TRAVEL_S}s` }, session);
}

/** Follows a group's live stream until `isThere` says so; the messages seen. Throws after `withinMs`. */
export async function watchUntil(
  shop: Shop,
  placed: Pick<Placed, "groupId" | "token">,
  isThere: (group: Json) => boolean,
  withinMs = 30_000,
): Promise<readonly Json[]> {
  const seen: Json[] = [];
  const abort = new AbortController();
  const timer = setTimeout(
    () => abort.abort(new Error(`not there within ${withinMs} ms; last seen: ${JSON.stringify(seen.at(-1))}`)),
    withinMs,
  );
  try {
    for await (const message of shop.watch(
      "shop.order.v1.OrderService/WatchOrder",
      { orderGroupId: placed.groupId },
      { token: placed.token, signal: abort.signal },
    )) {
      if (message["group"] === undefined) continue;
      seen.push(message);
      if (isThere(object(message, "group"))) return seen;
    }
    throw new Error(`the stream ended before; last seen: ${JSON.stringify(seen.at(-1))}`);
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

/** The states of a group's orders, without their prefix. */
export function orderStates(group: Json): readonly string[] {
  return list(group, "orders").map((order) => text(order, "state").replace("ORDER_STATE_", ""));
}
