import { formatMoney, type Money, sumMoney } from "@shopmesh/kernel";
import { escapeHtml, htmlPage, type Mail } from "./mail.ts";

/** What a confirmation tells of one order. */
export type ConfirmedOrder = {
  readonly number: string;
  readonly sellerName: string;
  readonly lines: readonly ConfirmedLine[];
  readonly subtotal: Money;
  /** Not negative. */
  readonly discount: Money;
  readonly shipping: Money;
  readonly tax: Money;
  readonly total: Money;
  /** "FedEx Ground"; empty when unknown. */
  readonly shippingService: string;
};

export type ConfirmedLine = {
  readonly title: string;
  /** "Blue, M"; empty when there is one variant. */
  readonly optionTitle: string;
  readonly quantity: number;
  readonly total: Money;
};

/** What a confirmation is made of. */
export type Confirmation = {
  /** At least one. */
  readonly orders: readonly ConfirmedOrder[];
  /** Name, street, town, country: one line each, none empty. */
  readonly addressLines: readonly string[];
  /** Where the shop is, without a slash at its end. */
  readonly publicUrl: string;
};

/** The confirmation of everything that one checkout ordered, as text and as HTML. */
export function renderOrderConfirmed(confirmation: Confirmation): Mail {
  const { orders } = confirmation;
  const numbers = orders.map(({ number }) => number);
  const subject =
    numbers.length === 1 ? `Your order ${numbers[0]} is confirmed` : `Your orders ${numbers.join(", ")} are confirmed`;
  return { subject, text: textOf(confirmation), html: htmlPage(subject, htmlOf(confirmation)) };
}

/** What is paid for all orders together; undefined for a single one, which says it itself. */
function grandTotal(orders: readonly ConfirmedOrder[]): Money | undefined {
  const [first, second] = orders;
  if (first === undefined || second === undefined) return undefined;
  return sumMoney(
    first.total.currencyCode,
    orders.map(({ total }) => total),
  );
}

function sumsOf(order: ConfirmedOrder): readonly (readonly [string, string])[] {
  const isDiscounted = order.discount.minorUnits > 0n;
  const discount = formatMoney({ ...order.discount, minorUnits: -order.discount.minorUnits });
  return [
    ["Items", formatMoney(order.subtotal)],
    ...(isDiscounted ? [["Discount", discount] as const] : []),
    [order.shippingService === "" ? "Delivery" : `Delivery, ${order.shippingService}`, formatMoney(order.shipping)],
    ["Total", formatMoney(order.total)],
    ["of which tax", formatMoney(order.tax)],
  ];
}

function orderUrl(publicUrl: string, { number }: ConfirmedOrder): string {
  return `${publicUrl}/orders/${encodeURIComponent(number)}`;
}

function lineTitle({ title, optionTitle }: ConfirmedLine): string {
  return optionTitle === "" ? title : `${title} (${optionTitle})`;
}

function textOf({ orders, addressLines, publicUrl }: Confirmation): string {
  const total = grandTotal(orders);
  const blocks = orders.map((order) =>
    [
      `Order ${order.number}, sold by ${order.sellerName}`,
      ...order.lines.map((line) => `  ${line.quantity} x ${lineTitle(line)}: ${formatMoney(line.total)}`),
      ...sumsOf(order).map(([name, amount]) => `  ${name}: ${amount}`),
      `  ${orderUrl(publicUrl, order)}`,
    ].join("\n"),
  );
  return [
    "Thank you! The sellers have what you ordered and get it ready to leave.",
    ...blocks,
    ...(total === undefined ? [] : [`Together: ${formatMoney(total)}`]),
    ["It goes to", ...addressLines.map((line) => `  ${line}`)].join("\n"),
    "Reply to this mail if anything is not as it should be.",
  ].join("\n\n");
}

function htmlOf({ orders, addressLines, publicUrl }: Confirmation): string {
  const total = grandTotal(orders);
  return [
    "<h1>Thank you!</h1>",
    "<p>The sellers have what you ordered and get it ready to leave.</p>",
    ...orders.map((order) => orderHtml(order, orderUrl(publicUrl, order))),
    ...(total === undefined ? [] : [`<p><strong>Together: ${escapeHtml(formatMoney(total))}</strong></p>`]),
    `<h2>It goes to</h2><p>${addressLines.map(escapeHtml).join("<br>")}</p>`,
    "<p>Reply to this mail if anything is not as it should be.</p>",
  ].join("\n");
}

function orderHtml(order: ConfirmedOrder, url: string): string {
  const row = (cells: readonly string[]) => `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")}</tr>`;
  return [
    `<h2>Order <a href="${escapeHtml(url)}">${escapeHtml(order.number)}</a></h2>`,
    `<p>Sold by ${escapeHtml(order.sellerName)}</p>`,
    "<table>",
    ...order.lines.map((line) => row([`${line.quantity} ×`, lineTitle(line), formatMoney(line.total)])),
    ...sumsOf(order).map(([name, amount]) => row(["", name, amount])),
    "</table>",
  ].join("\n");
}
