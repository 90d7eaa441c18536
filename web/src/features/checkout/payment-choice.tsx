import { Badge, Group, Radio, Stack, Text, Title } from "@mantine/core";
import { testCards } from "./test-cards.ts";

/** By which of the sandbox's cards to pay. */
export function PaymentChoice({
  card,
  onChange,
}: {
  readonly card: string;
  readonly onChange: (card: string) => void;
}) {
  return (
    <Stack gap="sm" component="section" className="panel" aria-labelledby="payment">
      <Group justify="space-between" gap="xs">
        <Title order={2} size="h3" id="payment">
          Payment
        </Title>
        <Badge color="yellow.3" autoContrast tt="none" size="lg">
          Sandbox: no real money
        </Badge>
      </Group>
      <Text size="sm" c="dimmed">
        These are test cards of the sandbox. Each one shows another way a payment can go.
      </Text>
      <Radio.Group value={card} onChange={onChange} aria-label="Test card">
        <Stack gap="xs">
          {testCards.map(({ token, label, outcome }) => (
            <label key={token} className="choice">
              <Group gap="sm" wrap="nowrap" align="flex-start">
                <Radio value={token} mt={2} />
                <div>
                  <Text fw={600}>{label}</Text>
                  <Text size="sm" c="dimmed">
                    Test card: {outcome}
                  </Text>
                </div>
              </Group>
            </label>
          ))}
        </Stack>
      </Radio.Group>
    </Stack>
  );
}
