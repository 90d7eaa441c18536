import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  Channel as ProtoChannel,
  type DeliverySchema,
  DeliveryState as ProtoState,
  type NotificationSchema,
  type PreferencesSchema,
  type SuppressionSchema,
  type TemplateSchema,
  Topic as ProtoTopic,
} from "@shopmesh/contracts/shop/notification/v1/notification_pb.ts";
import type { SetPreferenceRequest } from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { timeField } from "@shopmesh/mesh";
import type { Delivery, DeliveryState } from "../delivery.ts";
import { type Channel, channels, messageTopics, type Topic, topics } from "../message.ts";
import type { Notice } from "../notice.ts";
import { preferencesOf, type Settings, type Wish } from "../preference.ts";
import { minuteOf, timeOf } from "../quiet-hours.ts";
import type { Wording } from "../store/wordings.ts";
import type { Suppression } from "../suppression.ts";

const protoStates = {
  pending: ProtoState.PENDING,
  delivered: ProtoState.DELIVERED,
  failed: ProtoState.FAILED,
  withheld: ProtoState.WITHHELD,
} as const satisfies Record<DeliveryState, ProtoState>;

const protoChannels = {
  email: ProtoChannel.EMAIL,
  sms: ProtoChannel.SMS,
  "in-app": ProtoChannel.IN_APP,
} as const satisfies Record<Channel, ProtoChannel>;

const protoTopics = {
  orders: ProtoTopic.ORDERS,
  shipments: ProtoTopic.SHIPMENTS,
  returns: ProtoTopic.RETURNS,
  reminders: ProtoTopic.REMINDERS,
  selling: ProtoTopic.SELLING,
  operations: ProtoTopic.OPERATIONS,
  security: ProtoTopic.SECURITY,
} as const satisfies Record<Topic, ProtoTopic>;

/** The states named, without those that this version does not know. */
export function statesFromProto(states: readonly ProtoState[]): readonly DeliveryState[] {
  return (Object.keys(protoStates) as DeliveryState[]).filter((state) => states.includes(protoStates[state]));
}

export function channelToProto(channel: Channel): ProtoChannel {
  return protoChannels[channel];
}

export function topicToProto(topic: Topic): ProtoTopic {
  return protoTopics[topic];
}

export function deliveryToProto(delivery: Delivery): MessageInitShape<typeof DeliverySchema> {
  const { id, channel, template, recipient, subject, locale, eventId, customerId, nextAttemptMs } = delivery;
  return {
    id,
    channel: channelToProto(channel),
    template,
    recipient,
    subject,
    locale,
    topic: topicToProto(messageTopics[template]),
    state: protoStates[delivery.state],
    attemptCount: delivery.attemptCount,
    failureReason: delivery.failureReason,
    eventId,
    orderId: delivery.orderIds[0] ?? "",
    customerId,
    providerReference: delivery.providerReference,
    mayHaveArrived: delivery.unsureSinceMs !== undefined,
    createTime: timestampFromMs(delivery.createMs),
    updateTime: timestampFromMs(delivery.updateMs),
    ...timeField("nextAttemptTime", nextAttemptMs),
  };
}

export function noticeToProto({
  id,
  template,
  title,
  body,
  link,
  readMs,
  createMs,
}: Notice): MessageInitShape<typeof NotificationSchema> {
  const topic = topicToProto(messageTopics[template]);
  return { id, topic, template, title, body, link, read: readMs !== undefined, createTime: timestampFromMs(createMs) };
}

export function settingsToProto(settings: Settings): MessageInitShape<typeof PreferencesSchema> {
  const { locale, timeZone, phoneNumber, phoneVerifiedMs, quietHours } = settings;
  return {
    preferences: preferencesOf(settings).map(({ topic, channel, ...preference }) => ({
      ...preference,
      topic: topicToProto(topic),
      channel: channelToProto(channel),
    })),
    settings: {
      locale,
      timeZone,
      phoneNumber,
      phoneVerified: phoneVerifiedMs !== undefined,
      ...(quietHours && {
        quietHours: { start: timeOf(quietHours.startMinute), end: timeOf(quietHours.endMinute) },
      }),
    },
  };
}

/** What a person asks for; topics and channels that this version does not know are left out. */
export function wishFromProto({ preferences, settings }: SetPreferenceRequest): Wish {
  return {
    preferences: preferences.flatMap(({ topic, channel, enabled }) => {
      const knownTopic = topics.find((candidate) => protoTopics[candidate] === topic);
      const knownChannel = channels.find((candidate) => protoChannels[candidate] === channel);
      return knownTopic === undefined || knownChannel === undefined
        ? []
        : [{ topic: knownTopic, channel: knownChannel, enabled }];
    }),
    settings: settings && {
      locale: settings.locale,
      timeZone: settings.timeZone,
      phoneNumber: settings.phoneNumber,
      quietHours: settings.quietHours && {
        startMinute: minuteOf(settings.quietHours.start),
        endMinute: minuteOf(settings.quietHours.end),
      },
    },
  };
}

export function wordingToProto({
  name,
  locale,
  version,
  text,
  createMs,
}: Wording): MessageInitShape<typeof TemplateSchema> {
  const topic = topicToProto(messageTopics[name]);
  return {
    name,
    locale,
    version,
    topic,
    text,
    ...timeField("updateTime", createMs),
  };
}

export function suppressionToProto({
  channel,
  topic,
  reason,
  createMs,
}: Suppression): MessageInitShape<typeof SuppressionSchema> {
  return {
    channel: channelToProto(channel),
    topic: topic === undefined ? ProtoTopic.UNSPECIFIED : topicToProto(topic),
    reason,
    createTime: timestampFromMs(createMs),
  };
}
