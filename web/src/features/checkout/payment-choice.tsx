import { Badge, Checkbox, Group, Radio, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { PaymentMeans, type PaymentOption } from "@shopmesh/contracts/shop/order/v1/quote_pb.ts";
import { useSession } from "../account/use-session.ts";
import { expiryOf, nameOfCard } from "../account/saved-card.ts";
import { isNewCard, type Means, PAYPAL } from "./means.ts";
import { testCards } from "./test-cards.ts";
import { checkout } from "./use-quote.ts";

/** By which saved card or which of the sandbox's to pay, or by PayPal where the shop has it, and by which gift card first. */
export function PaymentChoice({
  quoteId,
  means,
  onChange,
}: {
  readonly quoteId: string;
  readonly means: Means;
  readonly onChange: (means: Means) => void;
}) {
  const { account } = useSession();
  const { data } = useQuery({
    queryKey: ["payment-options", quoteId, account?.id],
    enabled: quoteId !== "",
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => checkout.listPaymentOptions({ quoteId }, { signal }),
  });
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
      <Choices
        choices={choicesOf(data?.options ?? [])}
        value={means.choice}
        onChange={(choice) => onChange({ ...means, choice })}
      />
      {account !== undefined && isNewCard(means.choice) && (
        <Checkbox
          label="Save this card for my next orders"
          checked={means.isSaving}
          onChange={(event) => onChange({ ...means, isSaving: event.currentTarget.checked })}
        />
      )}
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

function Choices({
  choices,
  value,
  onChange,
}: {
  readonly choices: readonly Choice[];
  readonly value: string;
  readonly onChange: (choice: string) => void;
}) {
  return (
    <Radio.Group value={value} onChange={onChange} aria-label="Pay by">
      <Stack gap="xs">
        {choices.map(({ choice, label, words }) => (
          <label key={choice} className="choice">
            <Group gap="sm" wrap="nowrap" align="flex-start">
              <Radio value={choice} mt={2} />
              <div>
                <Text fw={600}>{label}</Text>
                <Text size="sm" c="dimmed">
                  {words}
                </Text>
              </div>
            </Group>
          </label>
        ))}
      </Stack>
    </Radio.Group>
  );
}

type Choice = { readonly choice: string; readonly label: string; readonly words: string };

/** Saved cards first, then the sandbox's, then PayPal where the shop has it. */
function choicesOf(options: readonly PaymentOption[]): readonly Choice[] {
  const saved = options.filter(({ savedMethodId }) => savedMethodId !== "");
  const hasPayPal = options.some(({ means }) => means === PaymentMeans.PAYPAL);
  return [
    ...saved.map((card) => ({
      choice: card.savedMethodId,
      label: `Your ${nameOfCard(card)}`,
      words: `Saved card, expires ${expiryOf(card)}`,
    })),
    ...testCards.map(({ token, label, outcome }) => ({ choice: token, label, words: `Test card: ${outcome}` })),
    ...(hasPayPal ? [payPal] : []),
  ];
}

const payPal: Choice = {
  choice: PAYPAL,
  label: "PayPal",
  words: "Test account: you agree on PayPal's page, and come back",
};
