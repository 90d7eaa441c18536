import { type JsonClient, openJson } from "./http.ts";

/** The shop as a guest's browser meets it. */
export type Shop = {
  readonly client: JsonClient;
  /** The skus of two sellers. */
  readonly shelves: readonly (readonly string[])[];
};

/** One who shops without an account. */
export type Guest = { readonly cartId: string; readonly token: string };

type Answer = Readonly<Record<string, unknown>>;

const shippingAddress = {
  name: "Ada Lovelace",
  line1: "Torstraße 1",
  city: "Berlin",
  postalCode: "10119",
  countryCode: "DE",
};

/** The shop at a gateway. Throws where no two sellers have enough. */
export async function openShop(gatewayUrl: string): Promise<Shop> {
  const client = openJson(gatewayUrl);
  return { client, shelves: await findShelves(client) };
}

/** A guest with an empty cart. */
export async function openCart({ client }: Shop): Promise<Guest> {
  const { cart, accessToken } = (await client.post("/shop.cart.v1.CartService/CreateCart", {})) as Answer;
  return { cartId: String((cart as Answer)["id"]), token: String(accessToken) };
}

/** Puts one of a sku into the cart. */
export async function addItem({ client }: Shop, { cartId, token }: Guest, sku: string): Promise<void> {
  const line = { requestId: `add-${sku}`, cartId, sku, quantity: 1 };
  await client.post("/shop.cart.v1.CartService/AddItem", line, token);
}

/** One of each of two sellers, ordered; `index` lets what is bought vary. Throws where it is not CONFIRMED at once. */
export async function checkOut(shop: Shop, guest: Guest, index: number): Promise<void> {
  for (const skus of shop.shelves) await addItem(shop, guest, skus[index % skus.length] ?? "");
  await order(shop, guest);
}

/** Orders what is in the cart. Throws where it is not CONFIRMED at once. */
export async function order({ client }: Shop, { cartId, token }: Guest): Promise<void> {
  const asked = { cartId, email: "ada@example.com", shippingAddress };
  const { quote } = (await client.post("/shop.order.v1.CheckoutService/QuoteCheckout", asked, token)) as Answer;
  const quoteId = (quote as Answer)["id"];
  const wanted = {
    requestId: `place-${quoteId}`,
    quoteId,
    tenders: [{ card: { paymentMethod: "pm_card_visa" } }],
    returnUrl: "http://localhost:8080/return",
  };
  const placed = (await client.post("/shop.order.v1.CheckoutService/PlaceOrder", wanted, token)) as Answer;
  if (placed["state"] !== "CHECKOUT_STATE_CONFIRMED") throw new Error(`a checkout ended ${JSON.stringify(placed)}`);
}

/** What two sellers have enough of, so that no checkout of the run finds an empty shelf. */
async function findShelves(client: JsonClient): Promise<readonly (readonly string[])[]> {
  const listed = (await client.post("/shop.catalog.v1.CatalogService/ListProducts", { pageSize: 100 })) as Answer;
  const bySeller = new Map<string, string[]>();
  for (const product of listed["products"] as readonly Answer[]) {
    const seller = String(product["sellerId"]);
    const skus = (product["variants"] as readonly Answer[]).map((variant) => String(variant["sku"]));
    bySeller.set(seller, [...(bySeller.get(seller) ?? []), ...skus]);
  }
  const shelves: string[][] = [];
  for (const skus of bySeller.values()) {
    const asked = { skus: skus.slice(0, 200) };
    const { availability } = (await client.post(
      "/shop.inventory.v1.InventoryService/GetAvailability",
      asked,
    )) as Answer;
    const full = (availability as readonly Answer[]).filter((entry) => Number(entry["available"] ?? 0) >= 20);
    if (full.length >= 10) shelves.push(full.map((entry) => String(entry["sku"])));
    if (shelves.length === 2) return shelves;
  }
  throw new Error("no two sellers have enough in stock");
}
