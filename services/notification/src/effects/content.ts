import type { AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import type { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { type Order, OrderPaymentState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import type { OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import type { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { DomainError, isRefusal } from "@shopmesh/kernel";
import type { Client, Origin } from "@shopmesh/mesh";
import type { Delivery, Failure, Withheld } from "../delivery.ts";
import { piecesOf, toldOrdersOf } from "../handlers/content-proto.ts";
import { goesToAccount } from "../message.ts";
import type { PhoneCodes } from "./phone-codes.ts";
import { linesModel, type Model, orderLink, ordersModel } from "../model.ts";

/** Whom the content of messages is asked of. */
export type Owners = {
  readonly orders: Pick<Client<typeof OrderService>, "batchGetOrders">;
  readonly accounts: Pick<Client<typeof AuthService>, "listContacts">;
  readonly carts: Pick<Client<typeof CartService>, "getCart">;
  readonly phoneCodes: Pick<PhoneCodes, "codeOf">;
  readonly payments: Pick<Client<typeof PaymentService>, "mintGiftCardCode">;
};

/** What a message says and to whom, read at its sending. */
export type Content = {
  readonly model: Model;
  /** The account that it is for; empty for a guest. */
  readonly personId: string;
  readonly name: string;
  /** The e-mail address; empty where none is known. */
  readonly email: string;
  /** The language in which its buyer ordered; empty for none. */
  readonly locale: string;
  /** The order's number, for traces; empty for none. */
  readonly orderNumber: string;
  /** Where to look, from the shop's own address on. */
  readonly link: string;
};

/** What a delivery is about as it is now; or why it cannot be read, or need not be sent any more. */
export async function readContent(
  owners: Owners,
  delivery: Delivery,
  { shopUrl, origin }: { readonly shopUrl: string; readonly origin: Origin },
): Promise<Content | Failure | Withheld> {
  if (delivery.template === "sms-help") return { ...nobody, model: { shop_url: shopUrl }, link: "" };
  if (delivery.template === "phone-code") {
    const { customerId: personId, facts } = delivery;
    const code = owners.phoneCodes.codeOf(facts["codeId"] ?? "");
    return { ...nobody, personId, model: { code, shop_url: shopUrl }, link: "" };
  }
  if (goesToAccount(delivery.template)) return readForAccount(owners, delivery, { shopUrl, origin });
  const { orderIds, facts, recipient } = delivery;
  const asked = orderIds.length > 0 ? { orderIds: [...orderIds] } : { orderGroupId: facts["orderGroupId"] ?? "" };
  const read = await orFailure("ORDER_UNREACHABLE", () => owners.orders.batchGetOrders(asked, origin));
  if ("reason" in read) return read;
  const { orders } = read;
  const [first] = orders;
  if (first === undefined || orders.length < orderIds.length) return { reason: "ORDER_NOT_FOUND", isFinal: true };
  if (delivery.template === "payment-action-required" && !waitsForPayer(orders)) return { withheld: "OUT_OF_DATE" };
  // An event from before it said so leaves it to the order, whether its parcel goes to the buyer.
  if (orders.some((order) => isReturned(order, facts["shipmentId"]))) return { withheld: "COMES_BACK" };
  return {
    model: { ...ordersModel(toldOrdersOf(orders, shopUrl)), ...factsModel(delivery), ...linesOf(first, delivery) },
    personId: first.customerId,
    name: first.shippingAddress?.name ?? "",
    email: delivery.channel === "email" && recipient !== "" ? recipient : first.email,
    locale: first.locale,
    orderNumber: first.number,
    link: orderLink(first.number),
  };
}

const nobody = { personId: "", name: "", email: "", locale: "", orderNumber: "" } as const;

function linesOf(order: Order, { facts }: Delivery): Model {
  return { lines: linesModel(piecesOf(order, facts["shipmentId"] ?? facts["returnId"] ?? "")) };
}

function waitsForPayer(orders: readonly Order[]): boolean {
  return orders.some(({ paymentState }) => paymentState === OrderPaymentState.REQUIRES_ACTION);
}

function isReturned({ returns }: Order, shipmentId: string | undefined): boolean {
  return returns.some(({ shipment }) => shipment !== undefined && shipment.shipmentId === shipmentId);
}

/** The facts by the names that wordings use; an amount is put together of its two. */
function factsModel({ facts }: Delivery): Model {
  const named = Object.entries(facts).map(([name, value]) => [
    name.replace(/[A-Z]/g, (at) => `_${at.toLowerCase()}`),
    value,
  ]);
  const { currencyCode, minorUnits, expireMs } = facts;
  const amount = currencyCode !== undefined && minorUnits !== undefined;
  return {
    carrier: "",
    tracking_number: "",
    reason: "",
    ...Object.fromEntries(named),
    ...(amount ? { amount: { currency_code: currencyCode, minor_units: minorUnits } } : {}),
    ...(expireMs === undefined ? {} : { expire_ms: Number(expireMs) }),
  };
}

async function readForAccount(
  owners: Owners,
  delivery: Delivery,
  { shopUrl, origin }: { readonly shopUrl: string; readonly origin: Origin },
): Promise<Content | Failure | Withheld> {
  const { customerId: personId } = delivery;
  const [read, more] = await Promise.all([
    orFailure("ACCOUNT_UNREACHABLE", () => owners.accounts.listContacts({ accountIds: [personId] }, origin)),
    readMore(owners, delivery, origin),
  ]);
  if ("reason" in read) return read;
  if ("reason" in more || "withheld" in more) return more;
  const [contact] = read.contacts;
  if (contact === undefined) return { reason: "ACCOUNT_NOT_FOUND", isFinal: true };
  const model = { ...factsModel(delivery), name: contact.name, shop_url: shopUrl, ...more.model };
  return { ...nobody, personId, name: contact.name, email: contact.email, model, link: more.link };
}

/** What a message for an account says besides its facts; secrets are minted here, and kept nowhere. */
async function readMore(
  { carts, payments }: Owners,
  { template, facts, channel }: Delivery,
  origin: Origin,
): Promise<{ readonly model: Model; readonly link: string } | Failure | Withheld> {
  if (template === "gift-card-issued" && channel === "email") {
    const giftCardId = facts["giftCardId"] ?? "";
    const minted = await orFailure("PAYMENT_UNREACHABLE", () => payments.mintGiftCardCode({ giftCardId }, origin));
    return "reason" in minted ? minted : { model: { code: minted.code }, link: "" };
  }
  if (template !== "cart-abandoned") return { model: {}, link: "" };
  const read = await orFailure("CART_UNREACHABLE", () => carts.getCart({ cartId: facts["cartId"] ?? "" }, origin));
  if ("reason" in read) return read.reason === "CART_NOT_FOUND" ? { withheld: "OUT_OF_DATE" } : read;
  const { cart } = read;
  // Whoever went on with it needs no reminder.
  if (cart === undefined || cart.lines.length === 0 || String(cart.version) !== facts["version"]) {
    return { withheld: "OUT_OF_DATE" };
  }
  return { model: { lines: linesModel(cart.lines) }, link: "/cart" };
}

/** What is asked, or why there is no answer: what is not there stays away, anything else may come back. */
async function orFailure<T extends object>(reason: string, ask: () => Promise<T>): Promise<T | Failure> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return isRefusal(error) && error.kind === "not-found"
      ? { reason: error.reason, isFinal: true }
      : { reason, isFinal: false };
  }
}
