import { Box, Button, Group, Stack, Text, Title } from "@mantine/core";
import { skipToken, useQuery } from "@connectrpc/connect-query";
import { useMutation } from "@tanstack/react-query";
import type { CartLine } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { queryClient } from "../../api/query.ts";
import { newRequestId } from "../../api/request-id.ts";
import { useSession } from "../account/use-session.ts";
import { Money } from "../money/money.tsx";
import { ProblemNotice } from "../notice/problem-notice.tsx";
import { cartId, carts, makeCart, showCart } from "./cart-store.ts";
import { savedKey } from "./saved-key.ts";

/** What the customer saved for later; nothing for a guest. */
export function Saved() {
  const { account } = useSession();
  const { data } = useQuery(CartService.method.listSaved, account === undefined ? skipToken : { pageSize: 200 });
  const lines = (data?.items ?? []).flatMap(({ line }) => (line === undefined ? [] : [line]));
  if (account === undefined || lines.length === 0) return null;
  return (
    <Stack component="section" gap="sm" aria-labelledby="saved-for-later">
      <Title order={2} size="h3" id="saved-for-later">
        Saved for later
      </Title>
      <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: "none" }}>
        {lines.map((line) => (
          <SavedLine key={line.sku} line={line} />
        ))}
      </Stack>
    </Stack>
  );
}

function SavedLine({ line }: { readonly line: CartLine }) {
  const { sku, title, optionTitle, quantity, pictureUrl, unitPrice } = line;
  const name = [title || sku, optionTitle].filter((part) => part !== "").join(", ");
  const change = useMutation({
    mutationFn: async (isWanted: boolean) => {
      if (!isWanted) return void (await carts.removeSaved({ sku }));
      const id = cartId.read() || (await makeCart());
      showCart((await carts.moveSavedToCart({ requestId: newRequestId(), cartId: id, sku })).cart);
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: savedKey }),
  });
  return (
    <Box component="li" className="panel">
      <Group wrap="nowrap" gap="md">
        <img className="picture picture-small" src={pictureUrl} alt="" loading="lazy" />
        <Stack gap={6} style={{ flex: 1, minWidth: 0 }}>
          <Text fw={600}>{name}</Text>
          <Group gap="sm">
            <Text size="sm" c="dimmed">
              {quantity} × {unitPrice === undefined ? "no longer sold" : <Money value={unitPrice} />}
            </Text>
            <Button
              size="compact-sm"
              variant="default"
              aria-label={`Move to cart: ${name}`}
              loading={change.isPending}
              disabled={unitPrice === undefined}
              onClick={() => change.mutate(true)}
            >
              Move to cart
            </Button>
            <Button
              size="compact-sm"
              variant="subtle"
              aria-label={`Remove ${name} from what is saved`}
              loading={change.isPending}
              onClick={() => change.mutate(false)}
            >
              Remove
            </Button>
          </Group>
          <ProblemNotice error={change.error} />
        </Stack>
      </Group>
    </Box>
  );
}
