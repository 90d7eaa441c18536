import { type Money, sumMoney } from "@shopmesh/kernel";

/** Values that a wording may use, by the names that it uses. */
export type Model = { readonly [name: string]: ModelValue };
export type ModelValue = string | number | boolean | Amount | Model | readonly ModelValue[] | undefined;

/** An amount for the filter `money`. */
export type Amount = { readonly currency_code: string; readonly minor_units: string };

/** What messages tell of one order. */
export type ToldOrder = {
  readonly number: string;
  readonly sellerName: string;
  readonly lines: readonly ToldLine[];
  readonly subtotal: Money;
  /** Not negative. */
  readonly discount: Money;
  readonly shipping: Money;
  readonly tax: Money;
  readonly total: Money;
  /** "FedEx Ground"; empty when unknown. */
  readonly shippingService: string;
};

export type ToldLine = {
  readonly id: string;
  readonly title: string;
  /** "Blue, M"; empty when there is one variant. */
  readonly optionTitle: string;
  readonly quantity: number;
  readonly total: Money;
};

export type ToldOrders = {
  /** At least one. */
  readonly orders: readonly ToldOrder[];
  /** Name, street, town, country: one line each, none empty. */
  readonly addressLines: readonly string[];
  /** Where the shop is, without a slash at its end. */
  readonly shopUrl: string;
};

/** Values about orders: all of them, the first as `order`, and what they cost together. */
export function ordersModel({ orders, addressLines, shopUrl }: ToldOrders): Model {
  const told = orders.map((order) => orderModel(order, shopUrl));
  const [first] = orders;
  const total =
    first &&
    sumMoney(
      first.total.currencyCode,
      orders.map((order) => order.total),
    );
  return {
    orders: told,
    order: told[0],
    total: total && amount(total),
    address: addressLines,
    shop_url: shopUrl,
    name: addressLines[0] ?? "",
  };
}

export function amount({ currencyCode, minorUnits }: Money): Amount {
  return { currency_code: currencyCode, minor_units: String(minorUnits) };
}

/** Values about goods without their price. */
export function linesModel(lines: readonly Pick<ToldLine, "title" | "optionTitle" | "quantity">[]): ModelValue {
  return lines.map(({ title, optionTitle, quantity }) => ({ title, option: optionTitle, quantity }));
}

function orderModel(order: ToldOrder, shopUrl: string): Model {
  const { number, sellerName, subtotal, discount, shipping, tax, total, shippingService } = order;
  return {
    number,
    url: `${shopUrl}${orderLink(number)}`,
    seller: sellerName,
    lines: order.lines.map((line) => ({
      title: line.title,
      option: line.optionTitle,
      quantity: line.quantity,
      total: amount(line.total),
    })),
    subtotal: amount(subtotal),
    is_discounted: discount.minorUnits > 0n,
    discount: amount({ ...discount, minorUnits: -discount.minorUnits }),
    shipping: amount(shipping),
    tax: amount(tax),
    total: amount(total),
    shipping_service: shippingService,
  };
}

/** Where an order is shown, from the shop's own address on. */
export function orderLink(number: string): string {
  return `/orders/${encodeURIComponent(number)}`;
}

const eur = (minorUnits: number): Amount => ({ currency_code: "EUR", minor_units: String(minorUnits) });
const sampleLines = [{ title: "Lamp & shade", option: "Brass", quantity: 2, total: eur(7_980) }];
const sampleOrder: Model = {
  number: "E7Q2M9XK4TR6A",
  url: "https://shop.example/orders/E7Q2M9XK4TR6A",
  seller: "Kade Interiors",
  lines: sampleLines,
  subtotal: eur(7_980),
  is_discounted: true,
  discount: eur(-798),
  shipping: eur(490),
  tax: eur(1_225),
  total: eur(7_672),
  shipping_service: "FedEx Ground",
};

/** What a wording is tried with before it is kept: every value that some message has. */
export const sampleModel: Model = {
  orders: [sampleOrder, { ...sampleOrder, number: "E000000000001", is_discounted: false }],
  order: sampleOrder,
  lines: sampleLines,
  total: eur(15_344),
  address: ["Mira Vandeput", "Damrak 1", "1012 LG Amsterdam", "NL"],
  shop_url: "https://shop.example",
  name: "Mira Vandeput",
  amount: eur(2_500),
  reason: "OUT_OF_STOCK",
  carrier: "fedex",
  tracking_number: "794600000001",
  code: "7KQ2-M9XK-4TR6-A0B1",
  expire_ms: Date.UTC(2027, 5, 30),
  sku: "LAMP-BRASS",
  available: 3,
  threshold: 5,
  state: "OPEN",
  dispute_id: "0198a000-0000-7000-8000-000000000001",
  payment_id: "0198a000-0000-7000-8000-000000000002",
  order_group_id: "0198a000-0000-7000-8000-000000000003",
  order_number: "E-7KQ2M9XK4T",
  parcel_id: "0198a000-0000-7000-8000-000000000004",
  role: "seller",
  count: "2",
  numbers: "E7Q2M9-XK4TR6, E00000-000001",
  more: "",
  return_id: "0198a000-0000-7000-8000-000000000004",
  seller_id: "kade",
};
