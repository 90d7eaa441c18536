import { money } from "@shopmesh/kernel";
import test from "ava";
import { type ConfirmedOrder, renderOrderConfirmed } from "../src/order-confirmed.ts";

const eur = (minorUnits: bigint) => money("EUR", minorUnits);

function order(overrides: Partial<ConfirmedOrder> = {}): ConfirmedOrder {
  return {
    number: "E7Q2M9XK4TR6A",
    sellerName: "Kade Interiors",
    lines: [{ title: "Lamp", optionTitle: "Brass", quantity: 2, total: eur(7_980n) }],
    subtotal: eur(7_980n),
    discount: eur(798n),
    shipping: eur(490n),
    tax: eur(1_225n),
    total: eur(7_672n),
    shippingService: "FedEx Ground",
    ...overrides,
  };
}

const around = {
  addressLines: ["Mira Vandeput", "Damrak 1", "1012 LG Amsterdam", "NL"],
  publicUrl: "https://shop.example",
};

test("a confirmation tells what was ordered, what it costs, where it goes and where to look", (t) => {
  const { subject, text, html } = renderOrderConfirmed({ orders: [order()], ...around });
  t.is(subject, "Your order E7Q2M9XK4TR6A is confirmed");
  const told = [
    "2 x Lamp (Brass): EUR 79.80",
    "Discount: EUR -7.98",
    "Delivery, FedEx Ground: EUR 4.90",
    "Total: EUR 76.72",
  ];
  for (const line of [
    ...told,
    "of which tax: EUR 12.25",
    "https://shop.example/orders/E7Q2M9XK4TR6A",
    "1012 LG Amsterdam",
  ]) {
    t.true(text.includes(line), line);
  }
  for (const part of [
    "Lamp (Brass)",
    "EUR 76.72",
    'href="https://shop.example/orders/E7Q2M9XK4TR6A"',
    "Mira Vandeput<br>Damrak 1",
  ]) {
    t.true(html.includes(part), part);
  }
});

test("one mail confirms all orders of a checkout and adds them up", (t) => {
  const orders = [
    order(),
    order({ number: "E000000000001", sellerName: "Atelier Brume", discount: eur(0n), total: eur(1_000n) }),
  ];
  const { subject, text, html } = renderOrderConfirmed({ orders, ...around });
  t.is(subject, "Your orders E7Q2M9XK4TR6A, E000000000001 are confirmed");
  t.true(text.includes("sold by Atelier Brume"));
  t.is(text.match(/Discount/g)?.length, 1);
  t.true(text.includes("Together: EUR 86.72"));
  t.true(html.includes("Together: EUR 86.72"));
});

test("a single order is not added up", (t) => {
  t.false(renderOrderConfirmed({ orders: [order()], ...around }).text.includes("Together"));
});

test("what people typed stands in the HTML as they typed it", (t) => {
  const title = `<script>alert("1")</script> & 'more'`;
  const orders = [
    order({ lines: [{ title, optionTitle: "", quantity: 1, total: eur(1n) }], sellerName: "<b>Bold</b>" }),
  ];
  const { html, text } = renderOrderConfirmed({ orders, ...around, addressLines: ["<i>Mira</i>"] });
  t.true(html.includes("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;"));
  t.false(/<script|<b>|<i>/.test(html));
  t.true(text.includes(title));
});

test("an unknown delivery service is not mentioned", (t) => {
  t.true(
    renderOrderConfirmed({ orders: [order({ shippingService: "" })], ...around }).text.includes("  Delivery: EUR 4.90"),
  );
});
