import { Text, type TextProps } from "@mantine/core";
import type { Money as MoneyMessage } from "@shopmesh/contracts/shop/common/v1/money_pb.ts";
import { formatMoney } from "./format.ts";

/** An amount as this browser's language writes it; a dash where it is not known. */
export function Money({
  value,
  ...text
}: TextProps & { readonly value: Pick<MoneyMessage, "currencyCode" | "minorUnits"> | undefined }) {
  return (
    <Text component="span" inherit className="amount" {...text}>
      {value === undefined ? "–" : formatMoney(value)}
    </Text>
  );
}
