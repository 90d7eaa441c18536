import { isRefusal } from "@shopmesh/kernel";
import test from "ava";
import fc from "fast-check";
import { pageOf, word } from "../src/effects/wording.ts";
import { escapeHtml } from "../src/mail.ts";
import { messageNames } from "../src/message.ts";
import { type Model, type ModelValue, ordersModel, sampleModel } from "../src/model.ts";
import { defaultWordings } from "../src/templates/defaults.ts";
import { locales, type TemplateText } from "../src/templates/template.ts";

const eur = (minorUnits: bigint) => ({ currencyCode: "EUR", minorUnits });
const order = {
  number: "E7Q2M9XK4TR6A",
  sellerName: "Kade Interiors",
  lines: [{ id: "l", title: "Lamp", optionTitle: "Brass", quantity: 2, total: eur(7_980n) }],
  subtotal: eur(7_980n),
  discount: eur(798n),
  shipping: eur(490n),
  tax: eur(1_225n),
  total: eur(7_672n),
  shippingService: "FedEx Ground",
};
const around = {
  addressLines: ["Mira Vandeput", "Damrak 1", "1012 LG Amsterdam", "NL"],
  shopUrl: "https://shop.example",
};
const confirmed = defaultWordings["order-confirmed"];

function text(overrides: Partial<TemplateText>): TemplateText {
  return { subject: "s", text: "t", html: "h", short: "s", ...overrides };
}

const worded = (wording: TemplateText, model: Model) => word(wording, model, { locale: "en", isStrict: true });

test("a confirmation tells what was ordered, what it costs, where it goes and where to look", (t) => {
  const told = worded(confirmed.en, ordersModel({ orders: [order], ...around }));
  t.is(told.subject, "Your order E7Q2M9XK4TR6A is confirmed");
  for (const line of [
    "2 x Lamp (Brass): €79.80",
    "Discount: -€7.98",
    "Delivery, FedEx Ground: €4.90",
    "Total: €76.72",
    "of which tax: €12.25",
    "https://shop.example/orders/E7Q2M9XK4TR6A",
    "  1012 LG Amsterdam",
  ]) {
    t.true(told.text.includes(line), line);
  }
  t.true(told.html.includes('href="https://shop.example/orders/E7Q2M9XK4TR6A"'));
  t.true(told.html.includes("Mira Vandeput<br>Damrak 1"));
  t.false(told.text.includes("Together"));
});

test("one mail confirms all orders of a checkout and adds them up", (t) => {
  const other = { ...order, number: "E000000000001", discount: eur(0n), total: eur(1_000n) };
  const told = worded(confirmed.en, ordersModel({ orders: [order, other], ...around }));
  t.is(told.subject, "Your orders E7Q2M9XK4TR6A, E000000000001 are confirmed");
  t.is(told.text.match(/Discount/g)?.length, 1);
  t.true(told.text.includes("Together: €86.72"));
  t.true(told.html.includes("Together: €86.72"));
});

test("amounts are exact and written as the language does", (t) => {
  const wording = text({ subject: "{{ amount | money }}" });
  const model = { amount: { currency_code: "EUR", minor_units: "900719925474099301" } };
  t.is(word(wording, model, { locale: "en", isStrict: true }).subject, "€9,007,199,254,740,993.01");
  t.is(word(wording, model, { locale: "de", isStrict: true }).subject, "9.007.199.254.740.993,01 €");
  const yen = { amount: { currency_code: "JPY", minor_units: "-1980" } };
  t.is(worded(wording, yen).subject, "-¥1,980");
});

for (const name of messageNames) {
  test(`${name} is worded in every language, without a value that is not there`, (t) => {
    for (const locale of locales) {
      const told = word(defaultWordings[name][locale], sampleModel, { locale, isStrict: true });
      for (const part of [told.subject, told.text, told.html, told.short]) t.regex(part, /\S/);
      t.notRegex(`${told.subject}${told.short}`, /[\r\n]/);
      t.false(told.short.length > 320, "two SMS at most");
    }
  });
}

const evil = fc.string({ maxLength: 12 }).map((noise) => `<x y="z" onclick='1'>&${noise}`);

/** A model whose every text is `value`. */
function poisoned(model: ModelValue, value: string): ModelValue {
  if (typeof model === "string") return value;
  if (Array.isArray(model)) return model.map((each: ModelValue) => poisoned(each, value));
  if (typeof model !== "object") return model;
  if ("currency_code" in model) return model;
  return Object.fromEntries(Object.entries(model).map(([name, each]) => [name, poisoned(each, value)]));
}

test("no value of any message stands unescaped in its HTML", (t) => {
  fc.assert(
    fc.property(fc.constantFrom(...messageNames), fc.constantFrom(...locales), evil, (name, locale, value) => {
      const model = poisoned(sampleModel, value) as Model;
      const told = word(defaultWordings[name][locale], model, { locale, isStrict: true });
      const { html } = pageOf(told, locale, { unsubscribeUrl: value });
      t.false(html.includes("<x"));
      t.false(html.includes(`onclick='`));
    }),
    { numRuns: 300 },
  );
});

test("whatever a changed wording does with a value, it is escaped", (t) => {
  const filters = fc.constantFrom(
    "upcase",
    "strip",
    "append: '<'",
    "prepend: name",
    "replace: 'a', '<'",
    "split: ' '",
    "join: name",
    "default: name",
    "escape_once",
    "url_encode",
    "first",
    "truncate: 9",
    "strip_html",
    "newline_to_br",
  );
  const output = fc.array(filters, { maxLength: 3 }).map((all) => `{{ ${["name", ...all].join(" | ")} }}`);
  const block = output.chain((inner) =>
    fc.constantFrom(
      inner,
      `{% assign other = name | append: '<i>' %}{{ other }}`,
      `{% for each in lines %}{{ each }}${inner}{% endfor %}`,
      `{% if name contains "x" %}${inner}{% else %}${inner}{% endif %}`,
      `{% case name %}{% when "a" %}${inner}{% else %}{{ name }}{% endcase %}`,
      `{% render "lines", lines: orders %}`,
    ),
  );
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 4 }), evil, (parts, name) => {
      const orders = [{ quantity: 1, title: name, option: name }];
      const { html } = word(
        text({ html: parts.join(" ") }),
        { name, lines: [name], orders },
        { locale: "en", isStrict: false },
      );
      t.notRegex(html, /[<>"'](?!\/?(?:ul|li)>)(?<!<\/?(?:ul|li)>)/);
    }),
    { numRuns: 300 },
  );
});

test("escaping leaves nothing that ends a tag or an attribute", (t) => {
  fc.assert(fc.property(fc.string(), (value) => void t.notRegex(escapeHtml(value), /[<>"']/)));
});

const refused = test.macro({
  exec(
    t,
    overrides: Partial<TemplateText>,
    at: { readonly part: string; readonly line: string; readonly column: string },
  ) {
    const error = t.throws(() => worded(text(overrides), sampleModel));
    t.true(isRefusal(error, "TEMPLATE_INVALID"), String(error));
    if (isRefusal(error)) t.like(error.metadata, at);
  },
  title: (_, overrides) => `refused with its place: ${JSON.stringify(overrides).slice(0, 60)}`,
});
test(refused, { html: "<p>\n  {{ nobody }}</p>" }, { part: "html", line: "2", column: "6" });
test(refused, { text: "a {% if name %} b" }, { part: "text", line: "1", column: "3" });
test(refused, { subject: "{{ name | nothing }}" }, { part: "subject", line: "1", column: "1" });
test(refused, { html: "{{ name | raw }}" }, { part: "html", line: "1", column: "1" });
test(refused, { html: "\n\n {% include 'x' %}" }, { part: "html", line: "3", column: "2" });
test(refused, { html: "{% raw %}{{ name }}{% endraw %}" }, { part: "html", line: "1", column: "1" });
test(refused, { html: "{% cycle name, name %}" }, { part: "html", line: "1", column: "1" });
test(refused, { text: "{% render 'secret-file' %}" }, { part: "text", line: "1", column: "1" });
test(refused, { text: "{% for a in (1..900000000) %}x{% endfor %}" }, { part: "text", line: "1", column: "1" });
test(refused, { short: "{{ name.constructor.name }}" }, { part: "short", line: "1", column: "4" });

test("a wording that would never end is stopped", (t) => {
  const html =
    "{% for a in (1..900) %}{% for b in (1..900) %}{% for c in (1..900) %}x{% endfor %}{% endfor %}{% endfor %}";
  t.true(
    isRefusal(
      t.throws(() => worded(text({ html }), sampleModel)),
      "TEMPLATE_INVALID",
    ),
  );
});

test("what is kept of a message holds no secret: the code of a gift card is in the mail only", (t) => {
  const all = "{{ code }}";
  const told = worded({ subject: all, text: all, html: all, short: all }, { code: "7KQ2" });
  t.deepEqual(told, { subject: "", text: "7KQ2\n", html: "7KQ2", short: "" });
});

for (const [available, subject] of [
  ["1", "Only one left of LAMP-01"],
  ["3", "Only 3 left of LAMP-01"],
] as const) {
  test(`a seller is told how much is left: ${available}`, (t) => {
    // Facts of a delivery are texts.
    const facts = { available, sku: "LAMP-01", threshold: "5" };
    t.is(worded(defaultWordings["stock-low"].en, facts).subject, subject);
  });
}
