import { Group, Stack, Text } from "@mantine/core";
import type { Money as MoneyMessage } from "@shopmesh/contracts/shop/common/v1/money_pb.ts";
import { Money } from "./money.tsx";

type Sum = { readonly label: string; readonly value: MoneyMessage | undefined; readonly isLess?: boolean };

/** Sums under each other, the total what is to pay, and what came `after` it. An amount taken off that is zero is left out. */
export function Sums({
  parts,
  total,
  after,
}: {
  readonly parts: readonly Sum[];
  readonly total: Sum;
  readonly after?: Sum;
}) {
  return (
    <Stack gap={6}>
      {parts
        .filter(({ value, isLess }) => !(isLess === true && (value?.minorUnits ?? 0n) === 0n))
        .map(({ label, value, isLess }, index) => (
          <Group key={`${index} ${label}`} justify="space-between" wrap="nowrap">
            <Text size="sm">{label}</Text>
            <Text size="sm" component="span" {...(isLess === true ? { c: "forest.7" } : {})}>
              {isLess === true && "− "}
              <Money value={value} />
            </Text>
          </Group>
        ))}
      <Group justify="space-between" wrap="nowrap" pt="xs" style={{ borderTop: "1px solid var(--line)" }}>
        <Text fw={700}>{total.label}</Text>
        <Money value={total.value} fw={700} fz="lg" />
      </Group>
      {after !== undefined && (after.value?.minorUnits ?? 0n) > 0n && (
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm">{after.label}</Text>
          <Money value={after.value} size="sm" c="forest.7" />
        </Group>
      )}
    </Stack>
  );
}
