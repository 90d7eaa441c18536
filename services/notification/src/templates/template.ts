/** The languages that every message is worded in; the first is the shop's own. */
export const locales = ["en", "de"] as const;
export type Locale = (typeof locales)[number];

/** A wording in Liquid. */
export type TemplateText = {
  /** The subject, and the title on the shop's own pages. */
  readonly subject: string;
  readonly text: string;
  /** The body; the page around it is the same for all. */
  readonly html: string;
  /** For SMS and the shop's own pages. */
  readonly short: string;
};

export type Wordings = Readonly<Record<Locale, TemplateText>>;

/** The language to write in: the first wanted one in which every message is worded, of any country; empty is none. */
export function localeOf(...wanted: readonly string[]): Locale {
  const languages = wanted.map((locale) => locale.toLowerCase().split("-")[0]);
  return languages.flatMap((language) => locales.filter((locale) => locale === language))[0] ?? "en";
}

/** Pieces that several messages have in common, for `{% render "orders-text", orders: orders %}`. */
export const partials: Readonly<Record<string, string>> = {
  "orders-text-en": `{% for order in orders %}Order {{ order.number }}, sold by {{ order.seller }}
{% for line in order.lines %}  {{ line.quantity }} x {{ line.title }}{% if line.option != "" %} ({{ line.option }}){% endif %}: {{ line.total | money }}
{% endfor %}  Items: {{ order.subtotal | money }}
{% if order.is_discounted %}  Discount: {{ order.discount | money }}
{% endif %}  Delivery{% if order.shipping_service != "" %}, {{ order.shipping_service }}{% endif %}: {{ order.shipping | money }}
  Total: {{ order.total | money }}
  of which tax: {{ order.tax | money }}
  {{ order.url }}

{% endfor %}`,
  "orders-text-de": `{% for order in orders %}Bestellung {{ order.number }}, verkauft von {{ order.seller }}
{% for line in order.lines %}  {{ line.quantity }} x {{ line.title }}{% if line.option != "" %} ({{ line.option }}){% endif %}: {{ line.total | money }}
{% endfor %}  Artikel: {{ order.subtotal | money }}
{% if order.is_discounted %}  Rabatt: {{ order.discount | money }}
{% endif %}  Lieferung{% if order.shipping_service != "" %}, {{ order.shipping_service }}{% endif %}: {{ order.shipping | money }}
  Summe: {{ order.total | money }}
  darin Steuer: {{ order.tax | money }}
  {{ order.url }}

{% endfor %}`,
  "orders-en": ordersHtml({
    order: "Order",
    sold: "Sold by",
    items: "Items",
    discount: "Discount",
    delivery: "Delivery",
    total: "Total",
    tax: "of which tax",
  }),
  "orders-de": ordersHtml({
    order: "Bestellung",
    sold: "Verkauft von",
    items: "Artikel",
    discount: "Rabatt",
    delivery: "Lieferung",
    total: "Summe",
    tax: "darin Steuer",
  }),
  "lines-text": `{% for line in lines %}  {{ line.quantity }} x {{ line.title }}{% if line.option != "" %} ({{ line.option }}){% endif %}
{% endfor %}`,
  lines: `<ul>{% for line in lines %}<li>{{ line.quantity }} × {{ line.title }}{% if line.option != "" %} ({{ line.option }}){% endif %}</li>{% endfor %}</ul>`,
};

function ordersHtml(
  words: Readonly<Record<"order" | "sold" | "items" | "discount" | "delivery" | "total" | "tax", string>>,
): string {
  const row = (name: string, amount: string) => `<tr><td></td><td>${name}</td><td>${amount}</td></tr>`;
  return `{% for order in orders %}<h2>${words.order} <a href="{{ order.url }}">{{ order.number }}</a></h2>
<p>${words.sold} {{ order.seller }}</p>
<table>
{% for line in order.lines %}<tr><td>{{ line.quantity }} ×</td><td>{{ line.title }}{% if line.option != "" %} ({{ line.option }}){% endif %}</td><td>{{ line.total | money }}</td></tr>
{% endfor %}${row(words.items, "{{ order.subtotal | money }}")}
{% if order.is_discounted %}${row(words.discount, "{{ order.discount | money }}")}
{% endif %}${row(`${words.delivery}{% if order.shipping_service != "" %}, {{ order.shipping_service }}{% endif %}`, "{{ order.shipping | money }}")}
${row(words.total, "{{ order.total | money }}")}
${row(words.tax, "{{ order.tax | money }}")}
</table>
{% endfor %}`;
}
