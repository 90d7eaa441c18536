import { createClient } from "@connectrpc/connect";
import { useQuery } from "@connectrpc/connect-query";
import { Button, Group, Loader, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SavedMethod, SavedMethodState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { queryClient } from "../api/query.ts";
import { transport } from "../api/transport.ts";
import { expiryOf, nameOfCard } from "../features/account/saved-card.ts";
import { SignedIn } from "../features/account/signed-in.tsx";
import { ProblemNotice } from "../features/notice/problem-notice.tsx";

const payments = createClient(PaymentService, transport);

/** The cards that a customer has saved, and how to forget them. */
export function MyCardsPage() {
  return (
    <SignedIn title="My cards" what="your cards">
      {() => <Cards />}
    </SignedIn>
  );
}

function Cards() {
  const { data, error, isPending, refetch } = useQuery(
    PaymentService.method.listSavedMethods,
    {},
    { refetchOnMount: "always" },
  );
  const forget = useMutation({
    mutationFn: (savedMethodId: string) => payments.removeSavedMethod({ savedMethodId }),
    onSettled: () => queryClient.invalidateQueries(),
  });
  if (isPending) return <Loader aria-label="Your cards are being fetched" />;
  const cards = (data?.methods ?? []).filter(({ state }) => state === SavedMethodState.ACTIVE);
  return (
    <Stack gap="sm" w="100%">
      <ProblemNotice error={error ?? forget.error} onRetry={() => void refetch()} />
      {cards.length === 0 && error === null && <Text>No card is saved. You can save one when you pay with it.</Text>}
      {cards.map((card) => (
        <Card
          key={card.id}
          card={card}
          isGoing={forget.isPending && forget.variables === card.id}
          onForget={() => forget.mutate(card.id)}
        />
      ))}
    </Stack>
  );
}

function Card({
  card,
  isGoing,
  onForget,
}: {
  readonly card: SavedMethod;
  readonly isGoing: boolean;
  readonly onForget: () => void;
}) {
  const name = nameOfCard(card);
  return (
    <Group className="panel" justify="space-between" gap="sm">
      <div>
        <Text fw={600}>{name}</Text>
        <Text size="sm" c="dimmed">
          expires {expiryOf(card)}
        </Text>
      </div>
      <Button variant="default" loading={isGoing} onClick={onForget} aria-label={`Forget ${name}`}>
        Forget
      </Button>
    </Group>
  );
}
