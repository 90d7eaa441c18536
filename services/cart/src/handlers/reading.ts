import type { CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import type { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import type { PromotionService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { DomainError, type ErrorKind, money } from "@shopmesh/kernel";
import { type Client, type Log, type Origin, overloaded, type ReadMany, readTogether } from "@shopmesh/mesh";
import type { Cart } from "../cart.ts";
import type { Discount, Evaluation, Offer, Reading } from "../offer.ts";
import { sellableLines } from "../pricing.ts";
import { classNameOf, moneyOf } from "./proto.ts";

/** Whom a cart's prices, stock and discounts are asked of. */
export type Readers = {
  /** By sku. */
  readonly offers: ReadMany<string, Offer>;
  /** How many of each sku can be bought. */
  readonly available: ReadMany<string, number>;
  readonly promotion: Pick<Client<typeof PromotionService>, "evaluatePromotions">;
  readonly log: Log;
};

/** The services that are asked. */
export type Sources = Pick<Readers, "promotion" | "log"> & {
  readonly catalog: Pick<Client<typeof CatalogService>, "batchGetOffers">;
  readonly inventory: Pick<Client<typeof InventoryService>, "getAvailability">;
};

/** So many skus go in one question: catalog and inventory take no more. */
const MAX_SKUS = 200;

/** Prices and stock are the same for whoever asks: carts that are looked at together ask together. */
export function createReaders({ catalog, inventory, promotion, log }: Sources): Readers {
  return {
    offers: readTogether(async (skus, origin) => {
      const { offers } = await catalog.batchGetOffers({ skus: [...skus] }, origin);
      return new Map(offers.map((offer) => [offer.sku, offerOf(offer)]));
    }, MAX_SKUS),
    available: readTogether(async (skus, origin) => {
      const { availability } = await inventory.getAvailability({ skus: [...skus] }, origin);
      return new Map(availability.map(({ sku, available }) => [sku, available]));
    }, MAX_SKUS),
    promotion,
    log,
  };
}

/** Kept back from the call's deadline: a service that hangs is away while there is still time to say so. */
const ANSWER_RESERVE_MS = 200;

/** How a service that cannot answer fails; any other failure is news for the caller. */
const awayKinds: ReadonlySet<ErrorKind> = new Set(["unavailable", "deadline", "exhausted", "internal"]);

/** What of a cart need not be read. */
export type ReadingWish = { readonly withoutStock: boolean };

/** What the others say of the cart, asked side by side; only promotion waits, for the prices. */
export async function readPrices(
  readers: Readers,
  cart: Cart,
  call: Origin,
  { withoutStock }: ReadingWish = { withoutStock: false },
): Promise<Reading> {
  const origin = within(call);
  const asked = { log: readers.log, reasons: new Set<string>() };
  const offers = orAway("catalog", asked, () => readSkus(readers.offers, cart.items, origin));
  const [available, evaluation] = await Promise.all([
    withoutStock ? undefined : orAway("inventory", asked, () => readSkus(readers.available, cart.items, origin)),
    offers.then((known) =>
      known === undefined ? undefined : orAway("promotion", asked, () => evaluate(readers, cart, known, origin)),
    ),
  ]);
  return { offers: await offers, available, evaluation, isOverloaded: asked.reasons.has("OVERLOADED") };
}

/** As readPrices, for who sells what they say. Throws OVERLOADED where prices or discounts are soon to be told. */
export async function readWhole(readers: Readers, cart: Cart, call: Origin, wish: ReadingWish): Promise<Reading> {
  const reading = await readPrices(readers, cart, call, wish);
  if (reading.evaluation === undefined && reading.isOverloaded) throw overloaded();
  return reading;
}

/** What catalog and inventory say of goods that are in no cart. */
export async function readGoods(readers: Readers, items: Cart["items"], call: Origin): Promise<Reading> {
  const origin = within(call);
  const asked = { log: readers.log, reasons: new Set<string>() };
  const [offers, available] = await Promise.all([
    orAway("catalog", asked, () => readSkus(readers.offers, items, origin)),
    orAway("inventory", asked, () => readSkus(readers.available, items, origin)),
  ]);
  return { offers, available, evaluation: undefined, isOverloaded: asked.reasons.has("OVERLOADED") };
}

/** The refusal of who needs what is not known: OVERLOADED where that can soon be told, else `reason`. */
export function unknown({ isOverloaded }: Reading, reason: string, metadata: Record<string, string>): DomainError {
  return isOverloaded ? overloaded() : new DomainError("unavailable", reason, metadata);
}

function within(call: Origin): Origin {
  return { ...call, deadlineMs: call.deadlineMs - ANSWER_RESERVE_MS };
}

async function readSkus<Value>(
  read: ReadMany<string, Value>,
  items: Cart["items"],
  origin: Origin,
): Promise<ReadonlyMap<string, Value>> {
  return items.length === 0
    ? new Map<string, Value>()
    : read(
        items.map(({ sku }) => sku),
        origin,
      );
}

async function evaluate(
  { promotion }: Readers,
  cart: Cart,
  offers: ReadonlyMap<string, Offer>,
  origin: Origin,
): Promise<Evaluation> {
  const lines = sellableLines(cart, offers).map(({ offer, quantity }) => ({
    sku: offer.sku,
    sellerId: offer.sellerId,
    categoryId: offer.categoryId,
    unitPrice: offer.unitPrice,
    quantity,
  }));
  if (lines.length === 0 && cart.couponCode === "") return noDiscounts;
  const { couponCode, customerId = "" } = cart;
  const evaluated = await promotion.evaluatePromotions({ lines, couponCode, customerId }, origin);
  const { couponProblem, dependsOnDelivery } = evaluated;
  return {
    couponProblem,
    dependsOnDelivery,
    discounts: evaluated.discounts.map(discountOf),
    promotions: evaluated.promotions.map(
      ({ promotionId, label, promotionClass, amount, couponCode: code, counted }) => ({
        promotionId,
        label,
        promotionClass: classNameOf(promotionClass),
        amount: moneyOf(amount),
        couponCode: code,
        counted,
      }),
    ),
  };
}

const noDiscounts: Evaluation = { discounts: [], promotions: [], couponProblem: "", dependsOnDelivery: false };

type ProtoDiscount = Awaited<ReturnType<Readers["promotion"]["evaluatePromotions"]>>["discounts"][number];

function discountOf(discount: ProtoDiscount): Discount {
  const { sku, promotionId, label, promotionClass, couponCode, amount, sellerAmount, platformAmount } = discount;
  const whole = moneyOf(amount);
  return {
    sku,
    promotionId,
    label,
    promotionClass: classNameOf(promotionClass),
    couponCode,
    amount: whole,
    // Older promotions tell no shares: sellers bore it all.
    sellerAmount: sellerAmount === undefined ? whole : moneyOf(sellerAmount),
    platformAmount: platformAmount === undefined ? money(whole.currencyCode, 0n) : moneyOf(platformAmount),
  };
}

/** Where it is written down why something is not known. */
type Asked = { readonly log: Log; readonly reasons: Set<string> };

/** What `read` gives, or undefined, and a line in the log, where the service is away. */
async function orAway<T>(service: string, { log, reasons }: Asked, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DomainError) || !awayKinds.has(error.kind)) throw error;
    reasons.add(error.reason);
    log.warn("a cart is answered without a service", { service, reason: error.reason }, error);
    return undefined;
  }
}

type ProtoOffer = Awaited<ReturnType<Sources["catalog"]["batchGetOffers"]>>["offers"][number];

function offerOf(offer: ProtoOffer): Offer {
  const { sku, title, optionTitle, productId, productVersion, sellerId, sellerName, categoryId } = offer;
  const { pictureUrl, weightGrams, sellable } = offer;
  return {
    sku,
    title,
    optionTitle,
    productId,
    productVersion,
    sellerId,
    sellerName,
    categoryId,
    pictureUrl,
    weightGrams,
    isSellable: sellable,
    unitPrice: moneyOf(offer.price),
  };
}
