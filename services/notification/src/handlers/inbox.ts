import type { NotificationService } from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { type Call, cutPage, type Handlers, idPart, personIdOf, readPage, type ServiceContext } from "@shopmesh/mesh";
import { hashOf } from "../effects/addresses.ts";
import { choose } from "../preference.ts";
import { keepDevice } from "../store/devices.ts";
import { countUnread, listChanges, listNotices, markRead, topicOf } from "../store/notices.ts";
import { findSettings, lockSettings, updateSettings } from "../store/settings.ts";
import { locales } from "../templates/template.ts";
import { noticeToProto, settingsToProto, wishFromProto } from "./proto.ts";

const pages = { standard: 50, most: 200, key: [idPart] } as const;
const CHANGES = 100;

type Method =
  | "listNotifications"
  | "watchNotifications"
  | "markRead"
  | "getPreferences"
  | "setPreference"
  | "registerDevice";

/** A person's own page and wishes. */
export function inboxHandlers({
  clock,
  live,
}: Pick<ServiceContext, "clock" | "live">): Handlers<typeof NotificationService, Method> {
  return {
    async listNotifications(request, call) {
      const page = readPage(request, pages);
      const personId = personOf(call);
      const query = { personId, isUnreadOnly: request.unreadOnly, beforeId: page.after?.[0], limit: page.limit };
      const [found, unreadCount] = await Promise.all([listNotices(call.sql, query), countUnread(call.sql, personId)]);
      const { rows, nextPageToken } = cutPage(found, page, ({ id }) => [id]);
      return { notifications: rows.map(noticeToProto), nextPageToken, unreadCount };
    },
    watchNotifications({ cursor }, call) {
      const personId = personOf(call);
      return live.follow(call, topicOf(personId), {
        cursor,
        read: (from) => readChanges(call, personId, from),
        heartbeat: (at) => ({ cursor: at }),
      });
    },
    async markRead({ notificationIds }, call) {
      const personId = personOf(call);
      await call.transaction((tx) => markRead(tx, personId, notificationIds, clock()));
      return { unreadCount: await countUnread(call.sql, personId) };
    },
    async getPreferences(_request, call) {
      return { preferences: settingsToProto(await findSettings(call.sql, personOf(call))) };
    },
    async setPreference(request, call) {
      const personId = personOf(call);
      const settings = await call.transaction(async (tx) => {
        const chosen = choose(await lockSettings(tx, personId, clock()), wishFromProto(request), locales);
        await updateSettings(tx, personId, chosen, clock());
        return chosen;
      });
      return { preferences: settingsToProto(settings) };
    },
    async registerDevice({ token, platform }, call) {
      const device = { tokenHash: hashOf(token), personId: personOf(call), token, platform, updateMs: clock() };
      await call.transaction((tx) => keepDevice(tx, device));
      return {};
    },
  };
}

/** The contract lets only people in. */
export function personOf(call: Call): string {
  const id = personIdOf(call.actor);
  if (id === undefined) throw new DomainError("denied", "ACCESS_DENIED");
  return id;
}

/** What changed since `cursor`, as one message. */
async function readChanges(call: Call, personId: string, cursor: string) {
  const since = cursor === "" ? 0 : Number(cursor);
  if (!Number.isSafeInteger(since)) throw new DomainError("invalid", "CURSOR_INVALID", { field: "cursor" });
  const changes = await listChanges(call.sql, personId, since, CHANGES);
  const last = changes.at(-1);
  if (last === undefined) return { messages: [], cursor };
  const next = String(last.sequence);
  const unreadCount = await countUnread(call.sql, personId);
  const notifications = changes.map(({ notice }) => noticeToProto(notice));
  return { messages: [{ cursor: next, notifications, unreadCount }], cursor: next };
}
