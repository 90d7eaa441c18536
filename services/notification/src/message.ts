/** What a message belongs to, by which people choose. */
export const topics = ["orders", "shipments", "returns", "reminders", "selling", "operations", "security"] as const;
export type Topic = (typeof topics)[number];

/** By what a message goes. */
export const channels = ["email", "sms", "in-app"] as const;
export type Channel = (typeof channels)[number];

/** Every message there is, with its topic. The names are kept in tables: never rename one. */
export const messageTopics = {
  "order-confirmed": "orders",
  "order-rejected": "orders",
  "order-cancelled": "orders",
  "order-refunded": "orders",
  "payment-action-required": "orders",
  "gift-card-issued": "orders",
  "shipment-shipped": "shipments",
  "shipment-out-for-delivery": "shipments",
  "shipment-delivered": "shipments",
  "shipment-lost": "shipments",
  "return-approved": "returns",
  "return-declined": "returns",
  "return-label": "returns",
  "return-received": "returns",
  "return-rejected": "returns",
  "return-refunded": "returns",
  "cart-abandoned": "reminders",
  "stock-low": "selling",
  "orders-received": "selling",
  "return-requested": "selling",
  "payment-disputed": "operations",
  "payment-owed": "operations",
  "return-escalated": "operations",
  "role-granted": "security",
  "sms-help": "security",
  "phone-code": "security",
} as const satisfies Readonly<Record<string, Topic>>;

/** What a message says. */
export type MessageName = keyof typeof messageTopics;

export const messageNames = Object.keys(messageTopics) as readonly MessageName[];

/** The message of that name; undefined for none. */
export function messageNamed(name: string): MessageName | undefined {
  return messageNames.find((known) => known === name);
}

/** Messages about orders go to whom bought; the others to an account. */
const toAccounts: ReadonlySet<MessageName> = new Set([
  "gift-card-issued",
  "cart-abandoned",
  "stock-low",
  "orders-received",
  "return-requested",
  "payment-disputed",
  "payment-owed",
  "return-escalated",
  "role-granted",
]);

/** Whether a message goes to an account that is known before its content is read. */
export function goesToAccount(name: MessageName): boolean {
  return toAccounts.has(name);
}
