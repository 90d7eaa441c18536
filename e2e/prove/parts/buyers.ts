import { randomUUID } from "node:crypto";
import { cards, fillCart, place, quote } from "../../order.ts";
import { list, type Shop, text } from "../../shop.ts";
import { COUPON } from "../../stories/guest.ts";
import type { Chance } from "./chance.ts";

/** An order as its buyer remembers it. */
export type Sale = {
  /** No two have the same. */
  readonly email: string;
  readonly skus: readonly string[];
  /** Of the quote, in minor units. */
  readonly total: number;
  /** What PlaceOrder answered; empty where it was refused for good. */
  readonly state: string;
  readonly groupId: string;
  /** Why it was refused for good; empty where it was not. */
  readonly refusal: string;
};

/** Somebody at a browser: signed in, or a guest without a session. */
export type Buyer = { readonly session: string };

export type SellOptions = {
  /** The shop as buyers use it. */
  readonly shop: Shop;
  /** Whether another order is wanted, after so many. */
  readonly goesOn: (begun: number) => boolean;
  /** Who buys side by side. */
  readonly buyers: readonly Buyer[];
  readonly chance: Chance;
  readonly goods: Goods;
  readonly say: (line: string) => void;
};

/** Whether the shop took the order, whatever became of it. */
export function isAccepted({ groupId }: Sale): boolean {
  return groupId !== "";
}

/** Orders of one or two pieces with a good card, some with a coupon, placed by several buyers side by side. */
export async function sell({ shop, goesOn, buyers, chance, goods, say }: SellOptions): Promise<readonly Sale[]> {
  const sales: Sale[] = [];
  const run = randomUUID().slice(0, 8);
  let begun = 0;
  const buyAll = async ({ session }: Buyer): Promise<void> => {
    while (goesOn(begun)) {
      begun += 1;
      const email = `order-${begun}-${run}@example.com`;
      const skus = goods.take(chance.next() < 0.3 ? "two" : "one", chance);
      sales.push(await buy(shop, { email, skus, session, coupon: chance.next() < 0.3 ? COUPON : "" }));
      if (sales.length % 25 === 0) say(`${sales.length} orders placed`);
    }
  };
  await Promise.all(buyers.map(buyAll));
  return sales;
}

async function buy(
  shop: Shop,
  wish: { readonly email: string; readonly skus: readonly string[]; readonly session: string; readonly coupon: string },
): Promise<Sale> {
  const { email, skus, coupon, session } = wish;
  let total = 0;
  try {
    const buyer = await fillCart(shop, skus, coupon, session);
    const quoted = await quote(shop, buyer, email);
    total = Number(text(quoted, "totals", "total", "minorUnits"));
    const { state, groupId } = await place(shop, buyer, text(quoted, "id"), cards.good);
    return { email, skus, total, state, groupId, refusal: "" };
  } catch (error) {
    return { email, skus, total, state: "", groupId: "", refusal: error instanceof Error ? error.message : "" };
  }
}

/** As many buyers, every second one a guest, the others newly registered. */
export function openBuyers(shop: Shop, count: number): Promise<readonly Buyer[]> {
  const signUp = async (_: unknown, index: number): Promise<Buyer> => {
    if (index % 2 === 0) return { session: "" };
    const account = {
      requestId: randomUUID(),
      email: `buyer-${index}-${randomUUID()}@example.com`,
      password: randomUUID(),
      name: "Buyer",
    };
    return { session: text(await shop.call("shop.auth.v1.AuthService/Register", account), "sessionToken") };
  };
  return Promise.all(Array.from({ length: count }, signUp));
}

/** What somebody wants: one thing, two, or two of one seller that lie in different places. */
export type Amount = "one" | "two" | "apart";

/** What is for sale, handed out so that nobody is told that it is gone. */
export type Goods = { take(amount: Amount, chance: Chance): readonly string[] };

/** The shop's goods as they are now; `apart` are those that lie in different places. `take` throws where too little is left. */
export async function openGoods(shop: Shop, apart: readonly (readonly string[])[] = []): Promise<Goods> {
  const found = await shop.call("shop.catalog.v1.CatalogService/ListProducts", { pageSize: 200 });
  const skus = list(found, "products").flatMap((product) =>
    list(product, "variants").map((variant) => text(variant, "sku")),
  );
  const left = new Map<string, number>();
  for (let start = 0; start < skus.length; start += 200) {
    const request = { skus: skus.slice(start, start + 200) };
    const answer = await shop.call("shop.inventory.v1.InventoryService/GetAvailability", request);
    for (const entry of list(answer, "availability"))
      left.set(text(entry, "sku"), Number(text(entry, "available") || "0"));
  }
  const choose = (amount: Amount, chance: Chance): readonly string[] => {
    if (amount === "apart") return chance.pick(apart);
    const count = amount === "one" ? 1 : 2;
    return chance.shuffled([...left.keys()].filter((sku) => (left.get(sku) ?? 0) > 0)).slice(0, count);
  };
  return {
    take(amount, chance) {
      const some = choose(amount, chance);
      if (some.length < (amount === "one" ? 1 : 2) || some.some((sku) => (left.get(sku) ?? 0) < 1))
        throw new Error("the shop has sold out");
      for (const sku of some) left.set(sku, (left.get(sku) ?? 0) - 1);
      return some;
    },
  };
}
