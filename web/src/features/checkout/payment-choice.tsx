import { Badge, Group, Radio, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { PaymentMeans } from "@shopmesh/contracts/shop/order/v1/quote_pb.ts";
import { type Means, PAYPAL } from "./means.ts";
import { testCards } from "./test-cards.ts";
import { checkout } from "./use-quote.ts";

/** By which of the sandbox's cards to pay, or by PayPal where the shop has it, and by which gift card first. */
export function PaymentChoice({
  quoteId,
  means,
  onChange,
}: {
  readonly quoteId: string;
  readonly means: Means;
  readonly onChange: (means: Means) => void;
}) {
  const { data } = useQuery({
    queryKey: ["payment-options", quoteId],
    enabled: quoteId !== "",
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => checkout.listPaymentOptions({ quoteId }, { signal }),
  });
  const hasPayPal = data?.options.some((option) => option.means === PaymentMeans.PAYPAL) ?? false;
  const paypal = { token: PAYPAL, label: "PayPal", outcome: "you agree on PayPal's page, and come back" };
  const choices = hasPayPal ? [...testCards, paypal] : testCards;
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
        These are test cards and accounts of the sandbox. Each one shows another way a payment can go.
      </Text>
      <Radio.Group value={means.choice} onChange={(choice) => onChange({ ...means, choice })} aria-label="Test card">
        <Stack gap="xs">
          {choices.map(({ token, label, outcome }) => (
            <label key={token} className="choice">
              <Group gap="sm" wrap="nowrap" align="flex-start">
                <Radio value={token} mt={2} />
                <div>
                  <Text fw={600}>{label}</Text>
                  <Text size="sm" c="dimmed">
                    {token === PAYPAL ? "Test account" : "Test card"}: {outcome}
                  </Text>
                </div>
              </Group>
            </label>
          ))}
        </Stack>
      </Radio.Group>
      <TextInput
        label="Gift card"
        description="If you have one: it pays first, and what it leaves is paid as chosen above."
        autoComplete="off"
        value={means.giftCode}
        onChange={(event) => onChange({ ...means, giftCode: event.currentTarget.value })}
      />
    </Stack>
  );
}
