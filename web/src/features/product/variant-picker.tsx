import { Button, Group, Stack, Text } from "@mantine/core";
import type { Product, Variant } from "@shopmesh/contracts/shop/catalog/v1/catalog_pb.ts";

/** One row of buttons for each thing to choose. Choosing a value that the other choices rule out moves these along. */
export function VariantPicker({
  product,
  chosen,
  onChoose,
}: {
  readonly product: Product;
  readonly chosen: Variant;
  readonly onChoose: (variant: Variant) => void;
}) {
  return (
    <Stack gap="md">
      {product.options.map(({ name, values }, position) => (
        <div key={name} role="group" aria-label={name}>
          <Text size="sm" fw={600} mb={6}>
            {name}: {chosen.optionValues[position]}
          </Text>
          <Group gap="xs">
            {values.map((value) => {
              const variant = closest(product.variants, chosen, position, value);
              const isChosen = chosen.optionValues[position] === value;
              return (
                <Button
                  key={value}
                  size="sm"
                  variant={isChosen ? "filled" : "default"}
                  aria-pressed={isChosen}
                  disabled={variant === undefined}
                  onClick={() => variant !== undefined && onChoose(variant)}
                >
                  {value}
                </Button>
              );
            })}
          </Group>
        </div>
      ))}
    </Stack>
  );
}

/** The variant with `value` at `position` that shares most of the other values with the one chosen. */
function closest(variants: readonly Variant[], chosen: Variant, position: number, value: string): Variant | undefined {
  const shared = ({ optionValues }: Variant) =>
    optionValues.filter((candidate, index) => candidate === chosen.optionValues[index]).length;
  return variants
    .filter(({ optionValues }) => optionValues[position] === value)
    .toSorted((left, right) => shared(right) - shared(left))[0];
}
