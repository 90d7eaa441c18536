import { randomUUID } from "node:crypto";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  CreateReturnLabelRequestSchema,
  CreateShipmentsRequestSchema,
  QuoteRatesRequestSchema,
} from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";

export const sellerId = "018f0000-0000-7000-8000-000000000001";

export const ada = {
  name: "Ada Byron",
  line1: "Invalidenstraße 1",
  city: "Berlin",
  postalCode: "10115",
  countryCode: "DE",
};

export type Create = Partial<{
  readonly orderId: string;
  readonly keys: readonly string[];
  readonly option: string;
}> & {
  readonly destination?: Partial<typeof ada>;
  readonly customerId?: string;
  readonly from?: typeof ada;
  readonly weightGrams?: number;
};

export type Quote = {
  readonly weightGrams?: number;
  readonly value?: bigint;
  readonly count?: number;
  readonly destination?: Partial<typeof ada>;
  readonly currencyCode?: string;
  readonly from?: typeof ada;
};

export function quoteOf({
  destination = {},
  currencyCode = "EUR",
  from,
  weightGrams = 1_500,
  value: minorUnits = 5_000n,
  count = 1,
}: Quote) {
  const value = { currencyCode, minorUnits };
  const parcel = { sellerId, weightGrams, value, ...(from === undefined ? {} : { from }) };
  return create(QuoteRatesRequestSchema, {
    destination: { ...ada, ...destination },
    parcels: Array.from({ length: count }, () => parcel),
  });
}

export function createOf({
  orderId = randomUUID(),
  keys = ["a"],
  option = "fedex-ground",
  destination = {},
  customerId = "",
  from,
}: Create) {
  const leaves = from === undefined ? {} : { from };
  const lines = [{ sku: "SKU-1", quantity: 2, title: "Lamp", weightGrams: 750 }];
  return create(CreateShipmentsRequestSchema, {
    requestId: `${orderId}/create-shipments`,
    orderId,
    orderGroupId: randomUUID(),
    customerId,
    destination: { ...ada, ...destination },
    shipments: keys.map((key) => ({ key, sellerId, locationId: randomUUID(), rateOptionId: option, lines, ...leaves })),
  } satisfies MessageInitShape<typeof CreateShipmentsRequestSchema>);
}

export function returnOf(orderId: string, returnId: string) {
  return create(CreateReturnLabelRequestSchema, {
    requestId: `${returnId}/label`,
    returnId,
    orderId,
    orderGroupId: randomUUID(),
    sender: ada,
    sellerId,
    locationId: randomUUID(),
    lines: [{ sku: "SKU-1", quantity: 1, title: "Lamp", weightGrams: 750 }],
  });
}
