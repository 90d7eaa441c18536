import { createHash, createHmac, type KeyObject } from "node:crypto";
import { type CartLine, LineProblem } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import type { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import type { CheckoutService, QuoteCheckoutRequest } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { type Clock, DomainError, type Entropy, isRefusal, orderNumber } from "@shopmesh/kernel";
import {
  type Actor,
  type Call,
  type Client,
  failpoint,
  type Handlers,
  type Kept,
  personIdOf,
  type SagaDriver,
} from "@shopmesh/mesh";
import type { CheckoutState } from "../effects/checkout.ts";
import { isAt } from "../effects/checkout-progress.ts";
import { traceOrders } from "../effects/events.ts";
import type { RecentGroups, RecentQuotes } from "../effects/recent.ts";
import { placeQuote } from "../group.ts";
import { purchaseOf } from "../purchase.ts";
import { type Address, buildQuote, type Offer, plainAddress, type Quote } from "../quote.ts";
import { type CartGroup, findGroup, findGroupOfCart, insertGroupLast } from "../store/orders.ts";
import { findOwnQuote, insertQuote, type QuoteOfCart, readQuote } from "../store/quotes.ts";
import { insertTimeline } from "../store/timeline.ts";
import type { TaxRate } from "../tax.ts";
import { describePlacement } from "../timeline.ts";
import { groupToProto } from "./proto.ts";
import { quoteToProto } from "./quote-proto.ts";
import { checkoutStates } from "./states.ts";
import { cartToQuote, isTurnedBack, refuseGuestsCheckout } from "./cart-to-quote.ts";
import { moneyOf } from "./money.ts";
import { askRates, type RateDeps } from "./rates.ts";
import { type PromotionReader, readPromotions } from "./promotions.ts";
import { listPaymentOptions, type PaymentOptionDeps } from "./payment-options.ts";
import { shareTenders } from "./tenders.ts";

/** What checkout needs. */
export type CheckoutHandlerDeps = PaymentOptionDeps &
  RateDeps & {
    readonly clock: Clock;
    readonly newId: () => string;
    readonly entropy: Entropy;
    readonly guestSecret: KeyObject;
    readonly cart: Pick<Client<typeof CartService>, "getCart">;
    readonly promotion: PromotionReader;
    readonly taxes: Pick<Kept<readonly TaxRate[]>, "get">;
    readonly saga: SagaDriver<CheckoutState>;
    readonly recent: RecentGroups;
    readonly recentQuotes: RecentQuotes;
  };

/** Kept back from the deadline of PlaceOrder for its answer. */
const ANSWER_RESERVE_MS = 500;

export function checkoutHandlers(deps: CheckoutHandlerDeps): Handlers<typeof CheckoutService> {
  return {
    async quoteCheckout(request, call) {
      const { quote, known } = await priceCart(deps, request, call);
      await insertQuote(call.sql, quote);
      deps.recentQuotes.keep({ quote, known, isRecalled: true });
      return { quote: quoteToProto(quote) };
    },
    listPaymentOptions: (request, call) => listPaymentOptions(deps, request, call),
    async placeOrder({ requestId, quoteId, tenders, returnUrl }, call) {
      const found = await findOwnQuote(call, quoteId);
      const payment = { requestId, tenders: shareTenders(found.quote, tenders), returnUrl };
      const groupId = await placeOnce(deps, found, payment, call);
      const { progress } = await deps.saga.drivePastPivot(groupId, call.deadlineMs - ANSWER_RESERVE_MS);
      const written = deps.recent.take(groupId);
      // Another process may have driven it to its end: what this one wrote last is not what became of it.
      const isLast = written !== undefined && isAt(written.group.state, progress);
      const placed = isLast ? written : await findGroup(call.sql, groupId);
      traceOrders(placed);
      return {
        state: checkoutStates[placed.group.state],
        rejectReason: placed.group.rejectReason,
        actionUrl: placed.group.actionUrl,
        group: groupToProto(placed),
        accessToken: placed.group.personId === undefined ? guestToken(deps.guestSecret, groupId) : "",
      };
    },
  };
}

/** The access token of a guest's group: derived, so that it can be told again and is stored only as its hash. */
export function guestToken(secret: KeyObject, groupId: string): string {
  return `gt_${createHmac("sha256", secret).update(groupId).digest("base64url")}`;
}

// The cart's reading is the quote's: nothing that it has read is read again.
async function priceCart(deps: CheckoutHandlerDeps, request: QuoteCheckoutRequest, call: Call): Promise<QuoteOfCart> {
  const { cart, last } = await cartToQuote(deps, request.cartId, call, call.deadlineMs - ANSWER_RESERVE_MS);
  if (cart === undefined || cart.lines.length === 0)
    throw new DomainError("precondition", "CART_EMPTY", { cart_id: request.cartId });
  if (cart.orderGroupId !== "")
    throw new DomainError("precondition", "CART_CHECKED_OUT", {
      order_group_id: cart.orderGroupId,
    });
  const address = addressOf(request);
  const items = cart.lines.map(({ sku, quantity }) => ({ sku, quantity }));
  const offers = cart.lines.map(offerOf);
  // Without prices there are no discounts either: that is told first.
  if (cart.discountsUnknown) throw new DomainError("unavailable", "PROMOTION_UNAVAILABLE", { cart_id: cart.id });
  const choices = await askRates(deps, { cartId: cart.id, items, offers, address }, call);
  const priced = {
    items,
    offers,
    address,
    personId: personIdOf(call.actor),
    choices,
    wish: { optionIds: request.shippingOptionIds, bySeller: request.sellerShippingOptions },
  };
  const [promotions, taxRates] = await Promise.all([
    readPromotions(deps.promotion, cart, priced, call),
    deps.taxes.get(),
  ]);
  const quote = buildQuote({
    ...priced,
    ...promotions,
    taxRates,
    id: deps.newId(),
    cartId: cart.id,
    cartVersion: Number(cart.version),
    settledGroupId: cart.lastOrderGroupId,
    ...(cart.mergedCartIds.length > 0 && { mergedCartIds: cart.mergedCartIds }),
    guestTokenHash: guestHashOf(call.actor),
    email: request.email,
    ...(request.locale === "" ? {} : { locale: request.locale }),
    couponCode: cart.couponCode,
    createMs: deps.clock(),
    newId: deps.newId,
  });
  return { quote, known: last };
}

/**
 * The group that the quote becomes, or has become: one of a cart, whatever the keys, until that is turned back, or until
 * what it bought was taken out of the cart and the rest was quoted.
 */
async function placeOnce(
  deps: CheckoutHandlerDeps,
  found: QuoteOfCart,
  payment: Pick<CheckoutState, "requestId" | "tenders" | "returnUrl">,
  call: Call,
): Promise<string> {
  const { quote, known, isRecalled = false } = found;
  deps.recentQuotes.forget(quote.id);
  const again = async () => placeOnce(deps, await readQuote(call.sql, quote.id), payment, call);
  const isOpen = known === undefined || isTurnedBack(known) || known.id === quote.settledGroupId;
  if (!isOpen) return isRecalled ? again() : sameVersion(known, quote);
  // The call that made it, come again after a crash took its answer: no second attempt at the card.
  if (known !== undefined && (await deps.saga.find(known.id))?.state.requestId === payment.requestId) return known.id;
  await refuseGuestsCheckout(quote, call);
  const groupId = deps.newId();
  const nowMs = deps.clock();
  const placed = placeQuote(quote, {
    groupId,
    paymentId: deps.newId(),
    orders: quote.sellers.map(() => ({
      id: deps.newId(),
      number: orderNumber(call.region, deps.entropy),
    })),
    guestTokenHashes:
      quote.guestTokenHash === undefined ? [] : [quote.guestTokenHash, hashOf(guestToken(deps.guestSecret, groupId))],
    nowMs,
  });
  const written = call.transaction(async (tx) => {
    insertGroupLast(tx, placed, found);
    insertTimeline(tx, groupId, describePlacement(placed));
    tx.onCommit(() => deps.recent.keep(placed));
    const purchase = purchaseOf(placed);
    const nothingYet = { actionUrl: "", actionExpireMs: 0, allocations: [] };
    deps.saga.beginNew(tx, [{ id: groupId, state: { groupId, ...payment, purchase, ...nothingYet } }]);
  });
  const isNew = await written.then(
    () => true,
    (error: unknown) => {
      if (!isRefusal(error, "GROUP_KNOWN")) throw error;
      return false;
    },
  );
  failpoint("order.after-placed");
  if (isNew) return groupId;
  const first = await findGroupOfCart(call.sql, quote.cartId);
  // Another call was faster. Else the quote was ended meanwhile, or this process recalled what is no longer so.
  const isOvertaken = !isRecalled && first !== undefined && first.id !== known?.id;
  return isOvertaken ? sameVersion(first, quote) : again();
}

/** The group that this very cart became. Throws CART_CHECKED_OUT where another version of it did. */
function sameVersion({ id, cartVersion }: CartGroup, quote: Quote): string {
  if (cartVersion === quote.cartVersion) return id;
  throw new DomainError("precondition", "CART_CHECKED_OUT", { cart_id: quote.cartId, order_group_id: id });
}

/** What a line sells. Throws SKU_NOT_SELLABLE, CATALOG_UNAVAILABLE where nobody can say. */
function offerOf(line: CartLine): Offer {
  const { sku, title, optionTitle, sellerId, sellerName, productId, categoryId, pictureUrl, weightGrams } = line;
  if (line.problems.includes(LineProblem.PRICE_UNKNOWN))
    throw new DomainError("unavailable", "CATALOG_UNAVAILABLE", { sku });
  if (line.unitPrice === undefined) throw new DomainError("precondition", "SKU_NOT_SELLABLE", { sku });
  return {
    sku,
    title,
    optionTitle,
    sellerId,
    sellerName,
    productId,
    categoryId,
    pictureUrl,
    weightGrams,
    productVersion: Number(line.productVersion),
    unitPrice: moneyOf(line.unitPrice),
  };
}

function addressOf({ shippingAddress }: QuoteCheckoutRequest): Address {
  if (shippingAddress === undefined) throw new DomainError("invalid", "ADDRESS_MISSING", { field: "shipping_address" });
  return plainAddress(shippingAddress);
}

function guestHashOf(actor: Actor): string | undefined {
  return actor.kind === "guest" ? actor.tokenHash : undefined;
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
