import { Group, Radio, Stack, Text, Title } from "@mantine/core";
import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import type { Quote, SellerQuote } from "@shopmesh/contracts/shop/order/v1/quote_pb.ts";
import { Money } from "../money/money.tsx";

/** How each seller sends their part, one choice for each. */
export function ShippingChoice({
  quote,
  onChoose,
}: {
  readonly quote: Quote | undefined;
  readonly onChoose: (sellerId: string, optionId: string) => void;
}) {
  return (
    <Stack gap="sm" component="section" className="panel" aria-labelledby="delivery">
      <Title order={2} size="h3" id="delivery">
        Delivery
      </Title>
      {quote === undefined ? (
        <Text c="dimmed">Once the address is complete, the ways to send it appear here.</Text>
      ) : (
        quote.sellers.map((seller) => (
          <SellerChoice
            key={seller.sellerId}
            seller={seller}
            onChoose={(optionId) => onChoose(seller.sellerId, optionId)}
          />
        ))
      )}
    </Stack>
  );
}

function SellerChoice({
  seller,
  onChoose,
}: {
  readonly seller: SellerQuote;
  readonly onChoose: (optionId: string) => void;
}) {
  const goods = seller.lines.map(({ title, quantity }) => (quantity > 1 ? `${quantity} × ${title}` : title)).join(", ");
  return (
    <Radio.Group
      value={seller.shippingOptionId}
      onChange={onChoose}
      label={`From ${seller.sellerName}`}
      description={goods}
    >
      <Stack gap="xs" mt="xs">
        {seller.shippingOptions.map((option) => (
          <label key={option.id} className="choice">
            <Group gap="sm" wrap="nowrap" align="flex-start">
              <Radio value={option.id} mt={2} />
              <div style={{ flex: 1 }}>
                <Text fw={600}>{option.serviceName}</Text>
                <Text size="sm" c="dimmed">
                  {arrival(option.earliestDeliveryTime, option.latestDeliveryTime)}
                </Text>
              </div>
              <Money value={option.price} fw={600} />
            </Group>
          </label>
        ))}
      </Stack>
    </Radio.Group>
  );
}

function arrival(earliest: Timestamp | undefined, latest: Timestamp | undefined): string {
  const days = [earliest, latest].flatMap((time) => (time === undefined ? [] : [timestampDate(time)]));
  const [first, last = first] = days;
  if (first === undefined || last === undefined) return "The carrier names the day once it has the parcel.";
  return `Arrives ${new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" }).formatRange(first, last)}`;
}
