import { Role } from "@shopmesh/contracts/shop/auth/v1/auth_pb.ts";
import { Channel, Topic } from "@shopmesh/contracts/shop/notification/v1/notification_pb.ts";

const topicNames: Readonly<Record<number, string>> = {
  [Topic.ORDERS]: "Orders and payments",
  [Topic.SHIPMENTS]: "Parcels on their way",
  [Topic.RETURNS]: "Returns and refunds",
  [Topic.REMINDERS]: "What you left in your cart",
  [Topic.SELLING]: "What you sell",
  [Topic.OPERATIONS]: "What runs the shop",
  [Topic.SECURITY]: "Safety of your account",
};

/** What only some people hear of. */
const ofRole: Readonly<Record<number, Role>> = { [Topic.SELLING]: Role.SELLER, [Topic.OPERATIONS]: Role.ADMIN };

/** The channels, in the order in which they are shown. */
export const channels = [
  { channel: Channel.EMAIL, name: "E-mail" },
  { channel: Channel.SMS, name: "SMS" },
  { channel: Channel.IN_APP, name: "Here" },
] as const;

/** What a topic is called; undefined for one that this page does not know yet. */
export function topicWords(topic: Topic): string | undefined {
  return topicNames[topic];
}

/** Whether somebody with these roles ever hears of a topic. */
export function concerns(topic: Topic, roles: readonly Role[]): boolean {
  const role = ofRole[topic];
  return role === undefined || roles.includes(role);
}

/** The languages in which messages are worded. */
export const languages = [
  { value: "", label: "The shop's own" },
  { value: "en", label: "English" },
  { value: "de", label: "Deutsch" },
] as const;
