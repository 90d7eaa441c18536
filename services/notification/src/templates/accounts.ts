import type { Wordings } from "./template.ts";

/** Wordings for accounts: what they are given, left or should see to. */
export const accountWordings = {
  "gift-card-issued": {
    en: {
      subject: `A gift card of {{ amount | money }} for you`,
      text: `Hello {{ name }},

there is a gift card of {{ amount | money }} for you. Its code is

  {{ code }}

Give it as a means of payment at the checkout{% if expire_ms %}, until {{ expire_ms | day }}{% endif %}: {{ shop_url }}`,
      html: `<h1>A gift card for you</h1>
<p>Hello {{ name }}, there is a gift card of {{ amount | money }} for you. Its code is</p>
<p><strong>{{ code }}</strong></p>
<p>Give it as a means of payment at the checkout{% if expire_ms %}, until {{ expire_ms | day }}{% endif %}: <a href="{{ shop_url }}">{{ shop_url }}</a></p>`,
      short: `You were given a gift card of {{ amount | money }}; its code is in your mail.`,
    },
    de: {
      subject: `Ein Gutschein über {{ amount | money }} für dich`,
      text: `Hallo {{ name }},

es gibt einen Gutschein über {{ amount | money }} für dich. Sein Code ist

  {{ code }}

Gib ihn an der Kasse als Zahlungsmittel an{% if expire_ms %}, bis zum {{ expire_ms | day }}{% endif %}: {{ shop_url }}`,
      html: `<h1>Ein Gutschein für dich</h1>
<p>Hallo {{ name }}, es gibt einen Gutschein über {{ amount | money }} für dich. Sein Code ist</p>
<p><strong>{{ code }}</strong></p>
<p>Gib ihn an der Kasse als Zahlungsmittel an{% if expire_ms %}, bis zum {{ expire_ms | day }}{% endif %}: <a href="{{ shop_url }}">{{ shop_url }}</a></p>`,
      short: `Du hast einen Gutschein über {{ amount | money }} bekommen; sein Code steht in deiner Mail.`,
    },
  },
  "cart-abandoned": {
    en: {
      subject: `You left something in your cart`,
      text: `Hello {{ name }}, this is still in your cart:

{% render "lines-text", lines: lines %}
{{ shop_url }}/cart`,
      html: `<h1>Still in your cart</h1>
<p>Hello {{ name }}, this is still in your cart:</p>
{% render "lines", lines: lines %}
<p><a href="{{ shop_url }}/cart">To your cart</a></p>`,
      short: `You left something in your cart: {{ lines[0].title }}`,
    },
    de: {
      subject: `Du hast etwas im Warenkorb gelassen`,
      text: `Hallo {{ name }}, das liegt noch in deinem Warenkorb:

{% render "lines-text", lines: lines %}
{{ shop_url }}/cart`,
      html: `<h1>Noch in deinem Warenkorb</h1>
<p>Hallo {{ name }}, das liegt noch in deinem Warenkorb:</p>
{% render "lines", lines: lines %}
<p><a href="{{ shop_url }}/cart">Zu deinem Warenkorb</a></p>`,
      short: `Du hast etwas im Warenkorb gelassen: {{ lines[0].title }}`,
    },
  },
  "role-granted": {
    en: {
      subject: `Your account may do more now`,
      text: `Hello {{ name }}, your account was given the role "{{ role }}". If you did not expect that, reply to this mail at once.`,
      html: `<h1>Your account may do more now</h1>
<p>Hello {{ name }}, your account was given the role <strong>{{ role }}</strong>. If you did not expect that, reply to this mail at once.</p>`,
      short: `Your account was given the role "{{ role }}".`,
    },
    de: {
      subject: `Dein Konto darf jetzt mehr`,
      text: `Hallo {{ name }}, dein Konto hat die Rolle „{{ role }}“ bekommen. Wenn du das nicht erwartet hast, antworte sofort auf diese Mail.`,
      html: `<h1>Dein Konto darf jetzt mehr</h1>
<p>Hallo {{ name }}, dein Konto hat die Rolle <strong>{{ role }}</strong> bekommen. Wenn du das nicht erwartet hast, antworte sofort auf diese Mail.</p>`,
      short: `Dein Konto hat die Rolle „{{ role }}“ bekommen.`,
    },
  },
  "phone-code": {
    en: {
      subject: `Your code`,
      text: `{{ code }} is your Shopmesh code, good for ten minutes. If you did not ask for it, do nothing.`,
      html: `<p><strong>{{ code }}</strong> is your Shopmesh code, good for ten minutes. If you did not ask for it, do nothing.</p>`,
      short: `A code was sent to your phone.`,
    },
    de: {
      subject: `Dein Code`,
      text: `{{ code }} ist dein Shopmesh-Code, gültig für zehn Minuten. Wenn du ihn nicht angefordert hast, tu nichts.`,
      html: `<p><strong>{{ code }}</strong> ist dein Shopmesh-Code, gültig für zehn Minuten. Wenn du ihn nicht angefordert hast, tu nichts.</p>`,
      short: `Ein Code ging an dein Telefon.`,
    },
  },
  "sms-help": {
    en: {
      subject: `Help`,
      text: `Shopmesh sends messages about your orders. Reply STOP for none, START to have them again. {{ shop_url }}`,
      html: `<p>Shopmesh sends messages about your orders. Reply STOP for none, START to have them again.</p>`,
      short: `Shopmesh: messages about your orders. Reply STOP for none, START to have them again. {{ shop_url }}`,
    },
    de: {
      subject: `Hilfe`,
      text: `Shopmesh schickt Nachrichten zu deinen Bestellungen. Antworte STOP, um keine mehr zu bekommen, START für neue. {{ shop_url }}`,
      html: `<p>Shopmesh schickt Nachrichten zu deinen Bestellungen. Antworte STOP, um keine mehr zu bekommen, START für neue.</p>`,
      short: `Shopmesh: Nachrichten zu deinen Bestellungen. Antworte STOP für keine, START für neue. {{ shop_url }}`,
    },
  },
} as const satisfies Readonly<Record<string, Wordings>>;
