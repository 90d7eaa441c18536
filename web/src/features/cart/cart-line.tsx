import { Box, Button, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type Cart, type CartLine as Line, LineProblem } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { Money } from "../money/money.tsx";
import { ProblemNotice } from "../notice/problem-notice.tsx";
import { useChangeCart } from "./use-cart.ts";

const MOST_OFFERED = 10;

/** One line of the cart, with what keeps it from being bought. */
export function CartLine({ cart, line }: { readonly cart: Cart; readonly line: Line }) {
  const change = useChangeCart(cart);
  const setQuantity = (quantity: number) => change.mutate({ sku: line.sku, quantity });
  const name = line.optionTitle === "" ? line.title : `${line.title}, ${line.optionTitle}`;
  return (
    <Box component="li" className="panel">
      <Group align="flex-start" wrap="nowrap" gap="md">
        <img className="picture picture-small" src={line.pictureUrl} alt="" loading="lazy" />
        <Stack gap={6} style={{ flex: 1, minWidth: 0 }}>
          <Group justify="space-between" align="flex-start" gap="xs">
            <Goods line={line} />
            <Money value={line.lineTotal} fw={600} />
          </Group>
          <Group gap="sm" align="center">
            <NativeSelect
              size="sm"
              aria-label={`Quantity of ${name}`}
              value={String(line.quantity)}
              data={quantities(line)}
              disabled={change.isPending}
              onChange={(event) => setQuantity(Number(event.currentTarget.value))}
            />
            <Text size="sm" c="dimmed">
              <Money value={line.unitPrice} /> each
            </Text>
            <Button
              size="compact-sm"
              variant="subtle"
              aria-label={`Remove ${name}`}
              loading={change.isPending}
              onClick={() => setQuantity(0)}
            >
              Remove
            </Button>
            {cart.customerId !== "" && (
              <Button
                size="compact-sm"
                variant="subtle"
                aria-label={`Save for later: ${name}`}
                loading={change.isPending}
                onClick={() => change.mutate({ later: line.sku })}
              >
                Save for later
              </Button>
            )}
          </Group>
          <Discounts cart={cart} line={line} />
          {line.problems.map((problem) => (
            <Text key={problem} size="sm" c="red.9" role="status">
              {problemWords(problem, line)}
            </Text>
          ))}
          <ProblemNotice error={change.error} />
        </Stack>
      </Group>
    </Box>
  );
}

/** What promotions take off the line, and by what name. */
function Discounts({ cart, line }: { readonly cart: Cart; readonly line: Line }) {
  const own = cart.discounts.filter(({ sku }) => sku === line.sku);
  return own.map(({ promotionId, label, amount }) => (
    <Text key={promotionId} size="sm" c="forest.7">
      {label}: − <Money value={amount} />
    </Text>
  ));
}

/** What it is, with the way to its page while there is one. */
function Goods({ line }: { readonly line: Line }) {
  return (
    <div>
      <Text fw={600}>
        {line.productId === "" ? (
          line.title || line.sku
        ) : (
          <Link to="/products/$slug" params={{ slug: line.productId }}>
            {line.title || line.sku}
          </Link>
        )}
      </Text>
      {line.optionTitle !== "" && (
        <Text size="sm" c="dimmed">
          {line.optionTitle}
        </Text>
      )}
    </div>
  );
}

function quantities({ available, quantity }: Line): string[] {
  const most = Math.min(MOST_OFFERED, Math.max(1, available ?? MOST_OFFERED));
  const offered = Array.from({ length: most }, (_, index) => index + 1);
  return (offered.includes(quantity) ? offered : [...offered, quantity]).map(String);
}

function problemWords(problem: LineProblem, { available }: Line): string {
  if (problem === LineProblem.UNSELLABLE) return "No longer sold. Please remove it.";
  if (problem === LineProblem.OUT_OF_STOCK) return "Sold out just now. Please remove it.";
  if (problem === LineProblem.INSUFFICIENT_STOCK) return `Only ${available ?? "a few"} left. Please choose fewer.`;
  return "Its price cannot be told just now.";
}
