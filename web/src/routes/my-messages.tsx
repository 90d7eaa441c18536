import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import type { Notification } from "@shopmesh/contracts/shop/notification/v1/notification_pb.ts";
import { LinkButton } from "../app/link-button.tsx";
import { SignedIn } from "../features/account/signed-in.tsx";
import { useMarkRead, useNotices } from "../features/notification/use-notices.ts";
import { ProblemNotice } from "../features/notice/problem-notice.tsx";

/** What the shop has told a customer, as it comes. */
export function MyMessagesPage() {
  return (
    <SignedIn title="My messages" what="your messages">
      {({ id }) => <Messages accountId={id} />}
    </SignedIn>
  );
}

function Messages({ accountId }: { readonly accountId: string }) {
  const { notices, unreadCount, isEmpty, error } = useNotices(accountId);
  const markRead = useMarkRead();
  const unread = notices.filter(({ read }) => !read);
  return (
    <Stack gap="sm" w="100%" maw={720}>
      <Group gap="sm">
        <LinkButton to="/account/notifications" variant="default">
          What we tell you
        </LinkButton>
        {unread.length > 0 && (
          <Button variant="default" loading={markRead.isPending} onClick={() => markRead.mutate(unread)}>
            I have read them all ({unreadCount})
          </Button>
        )}
      </Group>
      <ProblemNotice error={error ?? markRead.error} />
      {isEmpty && <Text>There is nothing yet.</Text>}
      <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: "none" }} aria-label="Messages">
        {notices.map((notice) => (
          <Message key={notice.id} notice={notice} onRead={() => markRead.mutate([notice])} />
        ))}
      </Stack>
    </Stack>
  );
}

function Message({ notice, onRead }: { readonly notice: Notification; readonly onRead: () => void }) {
  const { title, body, link, read, createTime } = notice;
  const navigate = useNavigate();
  return (
    <li className="panel" data-read={read}>
      <Text fw={read ? 400 : 700}>
        {link === "" ? (
          title
        ) : (
          <Anchor
            href={link}
            inherit
            onClick={(event) => {
              event.preventDefault();
              if (!read) onRead();
              void navigate({ href: link });
            }}
          >
            {title}
          </Anchor>
        )}
      </Text>
      {body !== title && <Text size="sm">{body}</Text>}
      <Text size="sm" c="dimmed">
        {createTime !== undefined && timestampDate(createTime).toLocaleString()}
        {!read && " · new"}
      </Text>
    </li>
  );
}
