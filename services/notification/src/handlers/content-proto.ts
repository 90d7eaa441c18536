import type { Address } from "@shopmesh/contracts/shop/common/v1/address_pb.ts";
import type { Money as ProtoMoney } from "@shopmesh/contracts/shop/common/v1/money_pb.ts";
import type { Order, OrderLine } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { DomainError, type Money } from "@shopmesh/kernel";
import type { ToldLine, ToldOrder, ToldOrders } from "../model.ts";

/** What messages tell of `orders`; all of one checkout, so they go to one address. */
export function toldOrdersOf(orders: readonly Order[], shopUrl: string): ToldOrders {
  return { orders: orders.map(orderOf), addressLines: addressLinesOf(orders[0]?.shippingAddress), shopUrl };
}

/** The pieces of an order that travel together, by shipment or return; all of it where nobody knows. */
export function piecesOf(order: Order, id: string): readonly ToldLine[] {
  const all = order.lines.map(lineOf);
  const parts =
    order.parcels.find((parcel) => parcel.id === id)?.lines ?? order.returns.find((one) => one.id === id)?.lines ?? [];
  const pieces = parts.flatMap(({ lineId, quantity }) => {
    const line = all.find((candidate) => candidate.id === lineId);
    return line === undefined ? [] : [{ ...line, quantity }];
  });
  return pieces.length === 0 ? all : pieces;
}

function orderOf({ number, sellerName, lines, totals, shipping }: Order): ToldOrder {
  return {
    number,
    sellerName,
    lines: lines.map(lineOf),
    subtotal: moneyOf(totals?.subtotal),
    discount: moneyOf(totals?.discount),
    shipping: moneyOf(totals?.shipping),
    tax: moneyOf(totals?.tax),
    total: moneyOf(totals?.total),
    shippingService: shipping?.serviceName ?? "",
  };
}

function lineOf({ id, title, optionTitle, quantity, total }: OrderLine): ToldLine {
  return { id, title, optionTitle, quantity, total: moneyOf(total) };
}

export function moneyOf(money: ProtoMoney | undefined): Money {
  if (money === undefined) throw new DomainError("internal", "ORDER_INCOMPLETE");
  return { currencyCode: money.currencyCode, minorUnits: money.minorUnits };
}

function addressLinesOf(address: Address | undefined): readonly string[] {
  if (address === undefined) return [];
  const { name, line1, line2, postalCode, city, region, countryCode } = address;
  return [name, line1, line2, [postalCode, city].join(" ").trim(), region, countryCode].filter((line) => line !== "");
}
