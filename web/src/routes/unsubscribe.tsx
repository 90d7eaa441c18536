import { createClient } from "@connectrpc/connect";
import { Button, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { NotificationService } from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { transport } from "../api/transport.ts";
import { useTitle } from "../app/use-title.ts";
import { ProblemNotice } from "../features/notice/problem-notice.tsx";

const notifications = createClient(NotificationService, transport);

/** Where the link under a mail leads: it ends only once somebody says so, for programs follow links too. */
export function UnsubscribePage() {
  useTitle("Fewer mails");
  const token = new URLSearchParams(window.location.search).get("token") ?? "";
  const end = useMutation({ mutationFn: () => notifications.unsubscribe({ token }) });
  return (
    <Stack maw={460} className="panel" mx="auto">
      <Title size="h2">Fewer mails</Title>
      {end.isSuccess ? (
        <Text>You get no more mails of this kind. What belongs to an order still comes.</Text>
      ) : (
        <>
          <Text>Do you want no more mails like the one that brought you here?</Text>
          <Button onClick={() => end.mutate()} loading={end.isPending}>
            No more of them
          </Button>
        </>
      )}
      <ProblemNotice error={end.error} />
    </Stack>
  );
}
