import type { Wordings } from "./template.ts";

/** Wordings for who sells, and for who runs the shop. */
export const staffWordings = {
  "orders-received": {
    en: {
      subject: `{% if count == "1" %}A new order{% else %}{{ count }} new orders{% endif %} to send`,
      text: `{% if count == "1" %}An order was{% else %}{{ count }} orders were{% endif %} confirmed and can be packed: {{ numbers }}{% if more != "" %} and {{ more }} more{% endif %}.`,
      html: `<h1>{% if count == "1" %}A new order{% else %}{{ count }} new orders{% endif %}</h1>
<p>Confirmed, and can be packed: {{ numbers }}{% if more != "" %} and {{ more }} more{% endif %}.</p>`,
      short: `{% if count == "1" %}A new order{% else %}{{ count }} new orders{% endif %} to send: {{ numbers }}{% if more != "" %} and {{ more }} more{% endif %}.`,
    },
    de: {
      subject: `{% if count == "1" %}Eine neue Bestellung{% else %}{{ count }} neue Bestellungen{% endif %} zu verschicken`,
      text: `{% if count == "1" %}Eine Bestellung ist{% else %}{{ count }} Bestellungen sind{% endif %} bestätigt und kann gepackt werden: {{ numbers }}{% if more != "" %} und {{ more }} weitere{% endif %}.`,
      html: `<h1>{% if count == "1" %}Eine neue Bestellung{% else %}{{ count }} neue Bestellungen{% endif %}</h1>
<p>Bestätigt und zu packen: {{ numbers }}{% if more != "" %} und {{ more }} weitere{% endif %}.</p>`,
      short: `{% if count == "1" %}Eine neue Bestellung{% else %}{{ count }} neue Bestellungen{% endif %} zu verschicken: {{ numbers }}{% if more != "" %} und {{ more }} weitere{% endif %}.`,
    },
  },
  "return-requested": {
    en: {
      subject: `A buyer wants to send goods of order {{ order_number }} back`,
      text: `A buyer wants to send goods of order {{ order_number }} back. Please accept or decline it. Return {{ return_id }}.`,
      html: `<h1>A return is asked for</h1>
<p>A buyer wants to send goods of order <strong>{{ order_number }}</strong> back. Please accept or decline it.</p>
<p>Return {{ return_id }}.</p>`,
      short: `A return of order {{ order_number }} is asked for.`,
    },
    de: {
      subject: `Jemand möchte Ware der Bestellung {{ order_number }} zurückgeben`,
      text: `Jemand möchte Ware der Bestellung {{ order_number }} zurückgeben. Bitte nimm an oder lehne ab. Rückgabe {{ return_id }}.`,
      html: `<h1>Eine Rückgabe ist gewünscht</h1>
<p>Jemand möchte Ware der Bestellung <strong>{{ order_number }}</strong> zurückgeben. Bitte nimm an oder lehne ab.</p>
<p>Rückgabe {{ return_id }}.</p>`,
      short: `Eine Rückgabe zur Bestellung {{ order_number }} ist gewünscht.`,
    },
  },
  "return-escalated": {
    en: {
      subject: `A buyer asks us to look at a return of order {{ order_number }}`,
      text: `A buyer asks us to look at a return of order {{ order_number }}. Return {{ return_id }}, seller {{ seller_id }}.`,
      html: `<h1>A return to look at</h1>
<p>A buyer asks us to look at a return of order <strong>{{ order_number }}</strong>.</p>
<p>Return {{ return_id }}, seller {{ seller_id }}.</p>`,
      short: `Please look at a return of order {{ order_number }}.`,
    },
    de: {
      subject: `Wir sollen eine Rückgabe zur Bestellung {{ order_number }} ansehen`,
      text: `Jemand bittet uns, eine Rückgabe zur Bestellung {{ order_number }} anzusehen. Rückgabe {{ return_id }}, Händler {{ seller_id }}.`,
      html: `<h1>Eine Rückgabe zum Ansehen</h1>
<p>Jemand bittet uns, eine Rückgabe zur Bestellung <strong>{{ order_number }}</strong> anzusehen.</p>
<p>Rückgabe {{ return_id }}, Händler {{ seller_id }}.</p>`,
      short: `Bitte sieh eine Rückgabe zur Bestellung {{ order_number }} an.`,
    },
  },
  "stock-low": {
    en: {
      subject: `{% if available == "1" %}Only one{% else %}Only {{ available }}{% endif %} left of {{ sku }}`,
      text: `{{ available }} of {{ sku }} can still be bought; you asked to hear of it from {{ threshold }} on.`,
      html: `<h1>Stock is low</h1>
<p>{{ available }} of <strong>{{ sku }}</strong> can still be bought; you asked to hear of it from {{ threshold }} on.</p>`,
      short: `{{ available }} left of {{ sku }}.`,
    },
    de: {
      subject: `Nur noch {{ available }} von {{ sku }}`,
      text: `{{ available }} von {{ sku }} sind noch zu kaufen; du wolltest es ab {{ threshold }} wissen.`,
      html: `<h1>Der Bestand wird knapp</h1>
<p>{{ available }} von <strong>{{ sku }}</strong> sind noch zu kaufen; du wolltest es ab {{ threshold }} wissen.</p>`,
      short: `Noch {{ available }} von {{ sku }}.`,
    },
  },
  "payment-owed": {
    en: {
      subject: `Order {{ order_number }}: {{ amount | money }} could not be charged`,
      text: `A parcel of order {{ order_number }} has left, and {{ amount | money }} for it was refused: {{ reason }}. It is asked for again once a day, four times; after that RetryCheckout of order group {{ order_group_id }} asks again. What of it has not left yet is on hold. Parcel {{ parcel_id }}.`,
      html: `<h1>Order {{ order_number }}: money is owed</h1>
<p>A parcel has left, and {{ amount | money }} for it was refused: {{ reason }}.</p>
<p>It is asked for again once a day, four times; after that RetryCheckout of order group {{ order_group_id }} asks again. What of it has not left yet is on hold. Parcel {{ parcel_id }}.</p>`,
      short: `Order {{ order_number }}: {{ amount | money }} was refused ({{ reason }}).`,
    },
    de: {
      subject: `Bestellung {{ order_number }}: {{ amount | money }} nicht eingezogen`,
      text: `Ein Paket der Bestellung {{ order_number }} ist unterwegs, und {{ amount | money }} dafür wurden abgelehnt: {{ reason }}. Es wird viermal, einmal am Tag, wieder versucht; danach versucht es RetryCheckout der Bestellgruppe {{ order_group_id }} erneut. Was noch nicht fort ist, wird angehalten. Paket {{ parcel_id }}.`,
      html: `<h1>Bestellung {{ order_number }}: Geld steht aus</h1>
<p>Ein Paket ist unterwegs, und {{ amount | money }} dafür wurden abgelehnt: {{ reason }}.</p>
<p>Es wird viermal, einmal am Tag, wieder versucht; danach versucht es RetryCheckout der Bestellgruppe {{ order_group_id }} erneut. Was noch nicht fort ist, wird angehalten. Paket {{ parcel_id }}.</p>`,
      short: `Bestellung {{ order_number }}: {{ amount | money }} abgelehnt ({{ reason }}).`,
    },
  },
  "payment-disputed": {
    en: {
      subject: `Dispute over {{ amount | money }}: {{ state }}`,
      text: `The payer's bank takes back {{ amount | money }} of order group {{ order_group_id }} ({{ reason }}). State: {{ state }}. Dispute {{ dispute_id }}, payment {{ payment_id }}.`,
      html: `<h1>Dispute: {{ state }}</h1>
<p>The payer's bank takes back {{ amount | money }} of order group {{ order_group_id }} ({{ reason }}).</p>
<p>Dispute {{ dispute_id }}, payment {{ payment_id }}.</p>`,
      short: `Dispute over {{ amount | money }}: {{ state }}.`,
    },
    de: {
      subject: `Zahlungseinspruch über {{ amount | money }}: {{ state }}`,
      text: `Die Bank des Zahlers holt {{ amount | money }} der Bestellgruppe {{ order_group_id }} zurück ({{ reason }}). Stand: {{ state }}. Einspruch {{ dispute_id }}, Zahlung {{ payment_id }}.`,
      html: `<h1>Zahlungseinspruch: {{ state }}</h1>
<p>Die Bank des Zahlers holt {{ amount | money }} der Bestellgruppe {{ order_group_id }} zurück ({{ reason }}).</p>
<p>Einspruch {{ dispute_id }}, Zahlung {{ payment_id }}.</p>`,
      short: `Zahlungseinspruch über {{ amount | money }}: {{ state }}.`,
    },
  },
} as const satisfies Readonly<Record<string, Wordings>>;
