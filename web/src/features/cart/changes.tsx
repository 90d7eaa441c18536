import { Button, Stack, Text } from "@mantine/core";
import { type Cart, type CartLine, type LineChange, LineChangeKind } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { formatMoney } from "../money/format.ts";
import { Notice, ProblemNotice } from "../notice/problem-notice.tsx";
import { useAcknowledge } from "./use-cart.ts";

/** What became of the cart's lines since its owner last looked, until that was seen. */
export function Changes({ cart }: { readonly cart: Cart }) {
  const seen = useAcknowledge(cart);
  const words = cart.lines.flatMap((line) => line.changes.map((change) => changeWords(change, line)));
  if (words.length === 0) return null;
  return (
    <Notice tone="wait" title="Since you last looked">
      <Stack gap="xs" align="flex-start">
        <ul style={{ margin: 0, paddingInlineStart: "1.2em" }}>
          {words.map((word) => (
            <Text component="li" size="sm" key={word}>
              {word}
            </Text>
          ))}
        </ul>
        <Button size="compact-sm" variant="default" loading={seen.isPending} onClick={() => seen.mutate()}>
          I have seen it
        </Button>
        <ProblemNotice error={seen.error} />
      </Stack>
    </Notice>
  );
}

function changeWords({ kind, oldUnitPrice, available }: LineChange, { title, sku, unitPrice }: CartLine): string {
  const name = title || sku;
  if (kind === LineChangeKind.PRICE_CHANGED && oldUnitPrice !== undefined && unitPrice !== undefined)
    return `${name} costs ${formatMoney(unitPrice)} now; it was ${formatMoney(oldUnitPrice)}.`;
  if (kind === LineChangeKind.QUANTITY_NOT_AVAILABLE)
    return available === 0 ? `${name} has been sold out.` : `Of ${name} only ${available ?? "a few"} are left.`;
  if (kind === LineChangeKind.NO_LONGER_SOLD) return `${name} is no longer sold.`;
  if (kind === LineChangeKind.AVAILABLE_AGAIN) return `${name} can be bought again.`;
  return `${name} has changed.`;
}
