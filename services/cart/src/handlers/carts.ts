import type { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { type Clock, DomainError, type Entropy } from "@shopmesh/kernel";
import { type Call, type Handlers, type Live, personIdOf } from "@shopmesh/mesh";
import { addItem, type Cart, clear, enterCoupon, newCart, removeItem, setQuantity } from "../cart.ts";
import type { Reading } from "../offer.ts";
import { findCart, findOpenCart, findOwnCart, insertCart } from "../store/carts.ts";
import { acknowledgeCart } from "./acknowledge.ts";
import { applyChange, type Change, settlePurchase } from "./change.ts";
import { hashOf, mergeGuestCart } from "./merge.ts";
import { cartToProto } from "./proto.ts";
import { type Readers, readPrices, readWhole, unknown } from "./reading.ts";
import { refuseUnsellable, savedHandlers } from "./saved.ts";

/** What the carts' owners need. */
export type CartHandlerDeps = {
  readonly readers: Readers;
  readonly live: Live;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly entropy: Entropy;
  /** The currency of every price in the shop. */
  readonly currencyCode: string;
};

const TOKEN_BYTES = 32;

export function cartHandlers(deps: CartHandlerDeps): Handlers<typeof CartService> {
  const show = (cart: Cart, reading: Reading) => cartToProto(cart, reading, deps.currencyCode);
  const change = async (asked: Change, call: Call) => {
    const { cart, reading } = await applyChange(deps, asked, call);
    return { cart: show(cart, reading) };
  };
  return {
    ...savedHandlers(deps, change),
    async createCart(_request, call) {
      const { cart, accessToken } = await createCart(deps, call);
      return { cart: show(cart, await readPrices(deps.readers, cart, call)), accessToken };
    },
    async getCart({ cartId, whole, withoutStock }, call) {
      const cart = await findOwnCart(call, cartId);
      const read = whole ? readWhole : readPrices;
      return { cart: show(cart, await read(deps.readers, cart, call, { withoutStock })) };
    },
    addItem({ cartId, etag, sku, quantity }, call) {
      return change({ cartId, etag, edit: addItem({ sku, quantity }), check: refuseUnsellable(sku) }, call);
    },
    updateItem({ cartId, etag, sku, quantity }, call) {
      return change({ cartId, etag, edit: setQuantity({ sku, quantity }) }, call);
    },
    removeItem({ cartId, etag, sku }, call) {
      return change({ cartId, etag, edit: removeItem(sku) }, call);
    },
    applyCoupon({ cartId, etag, couponCode }, call) {
      return change({ cartId, etag, edit: enterCoupon(couponCode), check: refuseCoupon }, call);
    },
    removeCoupon({ cartId, etag }, call) {
      return change({ cartId, etag, edit: enterCoupon("") }, call);
    },
    clearCart({ cartId, etag }, call) {
      return change({ cartId, etag, edit: clear }, call);
    },
    async acknowledgeCart(request, call) {
      const cart = await acknowledgeCart(request, call);
      return { cart: show(cart, await readPrices(deps.readers, cart, call)) };
    },
    async mergeCart({ guestCartId, accessToken }, call) {
      const { cart, reading, leftOut } = await mergeGuestCart(deps, { guestCartId, accessToken }, call);
      return { cart: show(cart, reading), leftOut: leftOut.map(({ sku, quantity }) => ({ sku, quantity })) };
    },
    watchCart({ cartId, cursor }, call) {
      const read = async (from: string) => {
        const cart = await findCart(call.sql, cartId);
        const next = String(cart.version);
        if (next === from) return { messages: [], cursor: from };
        const shown = show(cart, await readPrices(deps.readers, cart, call));
        return { messages: [{ cursor: next, cart: shown }], cursor: next };
      };
      return deps.live.follow(call, cartId, { cursor, read, heartbeat: (at) => ({ cursor: at }) });
    },
    async closeCart({ cartId, orderGroupId, lines: items, couponCode }, call) {
      const bought = { orderGroupId, items, couponCode };
      const { version } = await call.transaction((tx) => settlePurchase(tx, cartId, bought, deps.clock()));
      return { version: BigInt(version) };
    },
  };
}

/** A customer's open cart, made if there is none, or a guest's new one with its token. */
async function createCart(
  { clock, newId, entropy }: CartHandlerDeps,
  call: Call,
): Promise<{ readonly cart: Cart; readonly accessToken: string }> {
  const customerId = personIdOf(call.actor);
  if (customerId === undefined) {
    const accessToken = `gt_${Buffer.from(entropy(TOKEN_BYTES)).toString("base64url")}`;
    const cart = newCart(newId(), { customerId, guestTokenHash: hashOf(accessToken) }, clock());
    await call.transaction((tx) => insertCart(tx, cart));
    return { cart, accessToken };
  }
  const known = await findOpenCart(call.sql, customerId);
  if (known !== undefined) return { cart: known, accessToken: "" };
  const cart = newCart(newId(), { customerId, guestTokenHash: undefined }, clock());
  const isNew = await call.transaction((tx) => insertCart(tx, cart));
  const open = isNew ? cart : await findOpenCart(call.sql, customerId);
  // Made by another call a moment ago and checked out since: this one was late, and may try again.
  if (open === undefined) throw new DomainError("aborted", "CART_CHANGED");
  return { cart: open, accessToken: "" };
}

function refuseCoupon(reading: Reading, { couponCode }: Cart): void {
  const { evaluation } = reading;
  if (evaluation === undefined) throw unknown(reading, "PROMOTION_UNAVAILABLE", { coupon_code: couponCode });
  if (evaluation.couponProblem === "") return;
  throw new DomainError("precondition", "COUPON_NOT_APPLICABLE", {
    coupon_code: couponCode,
    problem: evaluation.couponProblem,
  });
}
