import type { Wordings } from "./template.ts";

const link = `<p><a href="{{ order.url }}">{{ order.number }}</a></p>`;
const textEnd = `

{% render "lines-text", lines: lines %}
{{ order.url }}`;
const htmlEnd = `
{% render "lines", lines: lines %}
${link}`;

/** Wordings about parcels on their way, and goods that go back. */
export const travelWordings = {
  "shipment-shipped": {
    en: {
      subject: `A parcel of your order {{ order.number }} is on its way`,
      text: `A parcel of your order {{ order.number }} from {{ order.seller }} has left{% if tracking_number != "" %}{% if carrier != "other" %}, with {{ carrier | upcase }}{% endif %}, number {{ tracking_number }}{% endif %}.${textEnd}`,
      html: `<h1>Your parcel is on its way</h1>
<p>It comes from {{ order.seller }}{% if tracking_number != "" %}{% if carrier != "other" %}, with {{ carrier | upcase }}{% endif %}, number {{ tracking_number }}{% endif %}.</p>${htmlEnd}`,
      short: `A parcel of your order {{ order.number }} is on its way{% if tracking_number != "" %}: {% if carrier != "other" %}{{ carrier | upcase }} {% endif %}{{ tracking_number }}{% endif %}.`,
    },
    de: {
      subject: `Ein Paket deiner Bestellung {{ order.number }} ist unterwegs`,
      text: `Ein Paket deiner Bestellung {{ order.number }} bei {{ order.seller }} ist unterwegs{% if tracking_number != "" %}{% if carrier != "other" %}, mit {{ carrier | upcase }}{% endif %}, Nummer {{ tracking_number }}{% endif %}.${textEnd}`,
      html: `<h1>Dein Paket ist unterwegs</h1>
<p>Es kommt von {{ order.seller }}{% if tracking_number != "" %}{% if carrier != "other" %}, mit {{ carrier | upcase }}{% endif %}, Nummer {{ tracking_number }}{% endif %}.</p>${htmlEnd}`,
      short: `Ein Paket deiner Bestellung {{ order.number }} ist unterwegs{% if tracking_number != "" %}: {% if carrier != "other" %}{{ carrier | upcase }} {% endif %}{{ tracking_number }}{% endif %}.`,
    },
  },
  "shipment-out-for-delivery": {
    en: {
      subject: `A parcel of your order {{ order.number }} comes today`,
      text: `A parcel of your order {{ order.number }} is on the van and comes today.${textEnd}`,
      html: `<h1>Your parcel comes today</h1>
<p>It is on the van.</p>${htmlEnd}`,
      short: `A parcel of your order {{ order.number }} comes today.`,
    },
    de: {
      subject: `Ein Paket deiner Bestellung {{ order.number }} kommt heute`,
      text: `Ein Paket deiner Bestellung {{ order.number }} ist im Zustellwagen und kommt heute.${textEnd}`,
      html: `<h1>Dein Paket kommt heute</h1>
<p>Es ist im Zustellwagen.</p>${htmlEnd}`,
      short: `Ein Paket deiner Bestellung {{ order.number }} kommt heute.`,
    },
  },
  "shipment-delivered": {
    en: {
      subject: `A parcel of your order {{ order.number }} was delivered`,
      text: `A parcel of your order {{ order.number }} was delivered. If you cannot find it, reply to this mail.${textEnd}`,
      html: `<h1>Your parcel was delivered</h1>
<p>If you cannot find it, reply to this mail.</p>${htmlEnd}`,
      short: `A parcel of your order {{ order.number }} was delivered.`,
    },
    de: {
      subject: `Ein Paket deiner Bestellung {{ order.number }} ist angekommen`,
      text: `Ein Paket deiner Bestellung {{ order.number }} wurde zugestellt. Wenn du es nicht findest, antworte auf diese Mail.${textEnd}`,
      html: `<h1>Dein Paket ist angekommen</h1>
<p>Wenn du es nicht findest, antworte auf diese Mail.</p>${htmlEnd}`,
      short: `Ein Paket deiner Bestellung {{ order.number }} ist angekommen.`,
    },
  },
  "shipment-lost": {
    en: {
      subject: `A parcel of your order {{ order.number }} was lost`,
      text: `The carrier has lost a parcel of your order {{ order.number }}. We are sorry. What you paid for it goes back to you by itself.${textEnd}`,
      html: `<h1>Your parcel was lost</h1>
<p>We are sorry. What you paid for it goes back to you by itself.</p>${htmlEnd}`,
      short: `A parcel of your order {{ order.number }} was lost; its money goes back to you.`,
    },
    de: {
      subject: `Ein Paket deiner Bestellung {{ order.number }} ist verloren gegangen`,
      text: `Der Zusteller hat ein Paket deiner Bestellung {{ order.number }} verloren. Das tut uns leid. Was du dafür bezahlt hast, bekommst du von selbst zurück.${textEnd}`,
      html: `<h1>Dein Paket ist verloren gegangen</h1>
<p>Das tut uns leid. Was du dafür bezahlt hast, bekommst du von selbst zurück.</p>${htmlEnd}`,
      short: `Ein Paket deiner Bestellung {{ order.number }} ist verloren; du bekommst das Geld zurück.`,
    },
  },
  "return-approved": {
    en: {
      subject: `You may send goods of order {{ order.number }} back`,
      text: `{{ order.seller }} takes back what you want to return. The label for the parcel follows.${textEnd}`,
      html: `<h1>You may send it back</h1>
<p>{{ order.seller }} takes back what you want to return. The label for the parcel follows.</p>${htmlEnd}`,
      short: `Your return of order {{ order.number }} is approved; the label follows.`,
    },
    de: {
      subject: `Du kannst Ware der Bestellung {{ order.number }} zurückschicken`,
      text: `{{ order.seller }} nimmt zurück, was du zurückgeben möchtest. Das Etikett für das Paket kommt gleich.${textEnd}`,
      html: `<h1>Du kannst es zurückschicken</h1>
<p>{{ order.seller }} nimmt zurück, was du zurückgeben möchtest. Das Etikett für das Paket kommt gleich.</p>${htmlEnd}`,
      short: `Deine Rückgabe zur Bestellung {{ order.number }} ist genehmigt; das Etikett folgt.`,
    },
  },
  "return-declined": {
    en: {
      subject: `Your return of order {{ order.number }} was declined`,
      text: `{{ order.seller }} does not take back what you want to return. You can ask us to look at it on the order's page.${textEnd}`,
      html: `<h1>Your return was declined</h1>
<p>{{ order.seller }} does not take back what you want to return. You can ask us to look at it on the order's page.</p>${htmlEnd}`,
      short: `Your return of order {{ order.number }} was declined.`,
    },
    de: {
      subject: `Deine Rückgabe zur Bestellung {{ order.number }} wurde abgelehnt`,
      text: `{{ order.seller }} nimmt nicht zurück, was du zurückgeben möchtest. Auf der Seite der Bestellung kannst du uns bitten, es anzusehen.${textEnd}`,
      html: `<h1>Deine Rückgabe wurde abgelehnt</h1>
<p>{{ order.seller }} nimmt nicht zurück, was du zurückgeben möchtest. Auf der Seite der Bestellung kannst du uns bitten, es anzusehen.</p>${htmlEnd}`,
      short: `Deine Rückgabe zur Bestellung {{ order.number }} wurde abgelehnt.`,
    },
  },
  "return-label": {
    en: {
      subject: `The label for your return of order {{ order.number }}`,
      text: `The label for your return is on the order's page: print it, put it on the parcel and hand it to {{ carrier | upcase }} ({{ tracking_number }}).${textEnd}`,
      html: `<h1>Your return label is there</h1>
<p>It is on the order's page: print it, put it on the parcel and hand it to {{ carrier | upcase }} ({{ tracking_number }}).</p>${htmlEnd}`,
      short: `The label for your return of order {{ order.number }} is on its page.`,
    },
    de: {
      subject: `Das Etikett für deine Rückgabe zur Bestellung {{ order.number }}`,
      text: `Das Etikett für deine Rückgabe liegt auf der Seite der Bestellung: drucke es, klebe es auf das Paket und gib es bei {{ carrier | upcase }} ab ({{ tracking_number }}).${textEnd}`,
      html: `<h1>Dein Rückgabe-Etikett ist da</h1>
<p>Es liegt auf der Seite der Bestellung: drucke es, klebe es auf das Paket und gib es bei {{ carrier | upcase }} ab ({{ tracking_number }}).</p>${htmlEnd}`,
      short: `Das Etikett für deine Rückgabe zur Bestellung {{ order.number }} liegt auf ihrer Seite.`,
    },
  },
  "return-received": {
    en: {
      subject: `Your return of order {{ order.number }} has come in`,
      text: `{{ order.seller }} has your return and looks at it now. The money follows.${textEnd}`,
      html: `<h1>Your return has come in</h1>
<p>{{ order.seller }} has it and looks at it now. The money follows.</p>${htmlEnd}`,
      short: `Your return of order {{ order.number }} has come in.`,
    },
    de: {
      subject: `Deine Rückgabe zur Bestellung {{ order.number }} ist angekommen`,
      text: `{{ order.seller }} hat deine Rückgabe und sieht sie jetzt an. Das Geld folgt.${textEnd}`,
      html: `<h1>Deine Rückgabe ist angekommen</h1>
<p>{{ order.seller }} hat sie und sieht sie jetzt an. Das Geld folgt.</p>${htmlEnd}`,
      short: `Deine Rückgabe zur Bestellung {{ order.number }} ist angekommen.`,
    },
  },
  "return-rejected": {
    en: {
      subject: `Your return of order {{ order.number }} was not accepted`,
      text: `{% if reason == "NOT_SENT" %}What you wanted to return to {{ order.seller }} was not sent in time.{% else %}{{ order.seller }} has looked at what you returned and does not accept it. You can ask us to look at it on the order's page.{% endif %}${textEnd}`,
      html: `<h1>Your return was not accepted</h1>
<p>{% if reason == "NOT_SENT" %}It was not sent in time.{% else %}{{ order.seller }} has looked at it and does not accept it. You can ask us to look at it on the order's page.{% endif %}</p>${htmlEnd}`,
      short: `Your return of order {{ order.number }} was not accepted.`,
    },
    de: {
      subject: `Deine Rückgabe zur Bestellung {{ order.number }} wurde nicht angenommen`,
      text: `{% if reason == "NOT_SENT" %}Was du {{ order.seller }} zurückgeben wolltest, wurde nicht rechtzeitig verschickt.{% else %}{{ order.seller }} hat angesehen, was du zurückgegeben hast, und nimmt es nicht an. Auf der Seite der Bestellung kannst du uns bitten, es anzusehen.{% endif %}${textEnd}`,
      html: `<h1>Deine Rückgabe wurde nicht angenommen</h1>
<p>{% if reason == "NOT_SENT" %}Sie wurde nicht rechtzeitig verschickt.{% else %}{{ order.seller }} hat sie angesehen und nimmt sie nicht an. Auf der Seite der Bestellung kannst du uns bitten, es anzusehen.{% endif %}</p>${htmlEnd}`,
      short: `Deine Rückgabe zur Bestellung {{ order.number }} wurde nicht angenommen.`,
    },
  },
  "return-refunded": {
    en: {
      subject: `{{ amount | money }} for your return of order {{ order.number }} go back to you`,
      text: `{{ amount | money }} for what you returned to {{ order.seller }} were given back, the way you paid. Banks take some days to show it.

{{ order.url }}`,
      html: `<h1>{{ amount | money }} go back to you</h1>
<p>They are for what you returned to {{ order.seller }} and go the way you paid. Banks take some days to show it.</p>
${link}`,
      short: `{{ amount | money }} for your return of order {{ order.number }} were given back.`,
    },
    de: {
      subject: `Du bekommst {{ amount | money }} für deine Rückgabe zur Bestellung {{ order.number }}`,
      text: `{{ amount | money }} für das, was du {{ order.seller }} zurückgegeben hast, wurden erstattet, auf dem Weg, auf dem du bezahlt hast. Banken brauchen einige Tage, bis sie es zeigen.

{{ order.url }}`,
      html: `<h1>Du bekommst {{ amount | money }} zurück</h1>
<p>Sie sind für das, was du {{ order.seller }} zurückgegeben hast, und gehen den Weg, auf dem du bezahlt hast. Banken brauchen einige Tage, bis sie es zeigen.</p>
${link}`,
      short: `{{ amount | money }} für deine Rückgabe zur Bestellung {{ order.number }} wurden erstattet.`,
    },
  },
} as const satisfies Readonly<Record<string, Wordings>>;
