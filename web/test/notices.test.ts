import { create } from "@bufbuild/protobuf";
import { NotificationSchema } from "@shopmesh/contracts/shop/notification/v1/notification_pb.ts";
import test from "ava";
import { noNotices, withChanges } from "../src/features/notification/notices.ts";

const notice = (id: string, read = false) => create(NotificationSchema, { id, read });

test("messages are shown newest first, each once, as they come and are read", (t) => {
  const first = withChanges(noNotices, { notifications: [notice("a"), notice("b")], unreadCount: 2 });
  t.deepEqual(
    first.notices.map(({ id, read }) => [id, read]),
    [
      ["b", false],
      ["a", false],
    ],
  );
  const later = withChanges(first, { notifications: [notice("a", true), notice("c")], unreadCount: 2 });
  t.deepEqual(
    later.notices.map(({ id, read }) => [id, read]),
    [
      ["c", false],
      ["b", false],
      ["a", true],
    ],
  );
});

test("a heartbeat changes nothing of what is known, the count neither", (t) => {
  const known = withChanges(noNotices, { notifications: [notice("a")], unreadCount: 1 });
  t.is(withChanges(known, { notifications: [], unreadCount: 0 }), known);
});
