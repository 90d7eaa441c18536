import type { Wordings } from "./template.ts";

const numbers = `{% for order in orders %}{% unless forloop.first %}, {% endunless %}{{ order.number }}{% endfor %}`;
const link = `<p><a href="{{ order.url }}">{{ order.number }}</a></p>`;

/** Wordings about what is bought and paid. */
export const orderWordings = {
  "order-confirmed": {
    en: {
      subject: `{% if orders.size == 1 %}Your order {{ order.number }} is confirmed{% else %}Your orders ${numbers} are confirmed{% endif %}`,
      text: `Thank you! The sellers have what you ordered and get it ready to leave.

{% render "orders-text-en", orders: orders %}{% if orders.size > 1 %}Together: {{ total | money }}

{% endif %}It goes to
{% for line in address %}  {{ line }}
{% endfor %}
Reply to this mail if anything is not as it should be.`,
      html: `<h1>Thank you!</h1>
<p>The sellers have what you ordered and get it ready to leave.</p>
{% render "orders-en", orders: orders %}
{% if orders.size > 1 %}<p><strong>Together: {{ total | money }}</strong></p>{% endif %}
<h2>It goes to</h2><p>{% for line in address %}{{ line }}{% unless forloop.last %}<br>{% endunless %}{% endfor %}</p>
<p>Reply to this mail if anything is not as it should be.</p>`,
      short: `Your order ${numbers} is confirmed: {{ total | money }}.`,
    },
    de: {
      subject: `{% if orders.size == 1 %}Deine Bestellung {{ order.number }} ist bestätigt{% else %}Deine Bestellungen ${numbers} sind bestätigt{% endif %}`,
      text: `Danke! Die Verkäufer haben, was du bestellt hast, und machen es versandfertig.

{% render "orders-text-de", orders: orders %}{% if orders.size > 1 %}Zusammen: {{ total | money }}

{% endif %}Es geht an
{% for line in address %}  {{ line }}
{% endfor %}
Antworte auf diese Mail, wenn etwas nicht stimmt.`,
      html: `<h1>Danke!</h1>
<p>Die Verkäufer haben, was du bestellt hast, und machen es versandfertig.</p>
{% render "orders-de", orders: orders %}
{% if orders.size > 1 %}<p><strong>Zusammen: {{ total | money }}</strong></p>{% endif %}
<h2>Es geht an</h2><p>{% for line in address %}{{ line }}{% unless forloop.last %}<br>{% endunless %}{% endfor %}</p>
<p>Antworte auf diese Mail, wenn etwas nicht stimmt.</p>`,
      short: `Deine Bestellung ${numbers} ist bestätigt: {{ total | money }}.`,
    },
  },
  "order-rejected": {
    en: {
      subject: `Your order ${numbers} could not be taken`,
      text: `Your order ${numbers} could not be taken{% if reason == "OUT_OF_STOCK" %}: something in it was sold out{% elsif reason contains "CARD" or reason contains "PAYMENT" %}: the payment was refused{% endif %}.

Nothing was charged; what your bank may show as reserved is given back by itself. Your cart is as it was: {{ shop_url }}/cart`,
      html: `<h1>Your order could not be taken</h1>
<p>Order ${numbers}{% if reason == "OUT_OF_STOCK" %}: something in it was sold out{% elsif reason contains "CARD" or reason contains "PAYMENT" %}: the payment was refused{% endif %}.</p>
<p>Nothing was charged; what your bank may show as reserved is given back by itself. <a href="{{ shop_url }}/cart">Your cart</a> is as it was.</p>`,
      short: `Your order ${numbers} could not be taken. Nothing was charged.`,
    },
    de: {
      subject: `Deine Bestellung ${numbers} konnte nicht angenommen werden`,
      text: `Deine Bestellung ${numbers} konnte nicht angenommen werden{% if reason == "OUT_OF_STOCK" %}: etwas darin war ausverkauft{% elsif reason contains "CARD" or reason contains "PAYMENT" %}: die Zahlung wurde abgelehnt{% endif %}.

Es wurde nichts abgebucht; was deine Bank vielleicht als vorgemerkt zeigt, wird von selbst frei. Dein Warenkorb ist, wie er war: {{ shop_url }}/cart`,
      html: `<h1>Deine Bestellung konnte nicht angenommen werden</h1>
<p>Bestellung ${numbers}{% if reason == "OUT_OF_STOCK" %}: etwas darin war ausverkauft{% elsif reason contains "CARD" or reason contains "PAYMENT" %}: die Zahlung wurde abgelehnt{% endif %}.</p>
<p>Es wurde nichts abgebucht; was deine Bank vielleicht als vorgemerkt zeigt, wird von selbst frei. <a href="{{ shop_url }}/cart">Dein Warenkorb</a> ist, wie er war.</p>`,
      short: `Deine Bestellung ${numbers} konnte nicht angenommen werden. Es wurde nichts abgebucht.`,
    },
  },
  "order-cancelled": {
    en: {
      subject: `Your order {{ order.number }} is cancelled`,
      text: `Your order {{ order.number }} from {{ order.seller }} is cancelled. What was not taken yet will not be; what was is on its way back.

{{ order.url }}`,
      html: `<h1>Your order is cancelled</h1>
<p>It was sold by {{ order.seller }}. What was not taken yet will not be; what was is on its way back.</p>
${link}`,
      short: `Your order {{ order.number }} is cancelled.`,
    },
    de: {
      subject: `Deine Bestellung {{ order.number }} ist storniert`,
      text: `Deine Bestellung {{ order.number }} bei {{ order.seller }} ist storniert. Was noch nicht abgebucht wurde, wird es nicht mehr; alles andere ist auf dem Weg zurück zu dir.

{{ order.url }}`,
      html: `<h1>Deine Bestellung ist storniert</h1>
<p>Verkauft von {{ order.seller }}. Was noch nicht abgebucht wurde, wird es nicht mehr; alles andere ist auf dem Weg zurück zu dir.</p>
${link}`,
      short: `Deine Bestellung {{ order.number }} ist storniert.`,
    },
  },
  "order-refunded": {
    en: {
      subject: `{{ amount | money }} of your order {{ order.number }} go back to you`,
      text: `{{ amount | money }} of your order {{ order.number }} from {{ order.seller }} were given back, the way you paid. Banks take some days to show it.

{{ order.url }}`,
      html: `<h1>{{ amount | money }} go back to you</h1>
<p>They belong to your order from {{ order.seller }} and go the way you paid. Banks take some days to show it.</p>
${link}`,
      short: `{{ amount | money }} of your order {{ order.number }} were given back.`,
    },
    de: {
      subject: `Du bekommst {{ amount | money }} von deiner Bestellung {{ order.number }} zurück`,
      text: `{{ amount | money }} von deiner Bestellung {{ order.number }} bei {{ order.seller }} wurden erstattet, auf dem Weg, auf dem du bezahlt hast. Banken brauchen einige Tage, bis sie es zeigen.

{{ order.url }}`,
      html: `<h1>Du bekommst {{ amount | money }} zurück</h1>
<p>Sie gehören zu deiner Bestellung bei {{ order.seller }} und gehen den Weg, auf dem du bezahlt hast. Banken brauchen einige Tage, bis sie es zeigen.</p>
${link}`,
      short: `{{ amount | money }} von deiner Bestellung {{ order.number }} wurden erstattet.`,
    },
  },
  "payment-action-required": {
    en: {
      subject: `Your bank asks you to confirm the payment of order ${numbers}`,
      text: `Your order ${numbers} waits: your bank asks you to confirm the payment of {{ total | money }}. What you chose is kept for you for a short time only.

{{ order.url }}`,
      html: `<h1>Please confirm your payment</h1>
<p>Your order waits: your bank asks you to confirm the payment of {{ total | money }}. What you chose is kept for you for a short time only.</p>
${link}`,
      short: `Please confirm the payment of order ${numbers}: {{ order.url }}`,
    },
    de: {
      subject: `Deine Bank möchte, dass du die Zahlung der Bestellung ${numbers} bestätigst`,
      text: `Deine Bestellung ${numbers} wartet: deine Bank möchte, dass du die Zahlung von {{ total | money }} bestätigst. Was du gewählt hast, wird nur kurze Zeit für dich aufgehoben.

{{ order.url }}`,
      html: `<h1>Bitte bestätige deine Zahlung</h1>
<p>Deine Bestellung wartet: deine Bank möchte, dass du die Zahlung von {{ total | money }} bestätigst. Was du gewählt hast, wird nur kurze Zeit für dich aufgehoben.</p>
${link}`,
      short: `Bitte bestätige die Zahlung der Bestellung ${numbers}: {{ order.url }}`,
    },
  },
} as const satisfies Readonly<Record<string, Wordings>>;
