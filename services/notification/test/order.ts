import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Order, OrderSchema } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";

const eur = (minorUnits: bigint) => ({ currencyCode: "EUR", minorUnits });

export type OrderOverrides = Omit<MessageInitShape<typeof OrderSchema>, "$typeName">;

export function order(id: string, overrides: OrderOverrides = {}): Order {
  return create(OrderSchema, {
    id,
    number: `E${id.slice(-1).padStart(12, "0")}`,
    email: "mira@example.org",
    sellerName: "Kade Interiors",
    lines: [{ id: "l1", title: "Lamp & shade", optionTitle: "Brass", quantity: 2, total: eur(7_980n) }],
    totals: { subtotal: eur(7_980n), discount: eur(0n), shipping: eur(490n), tax: eur(1_352n), total: eur(8_470n) },
    shippingAddress: {
      name: "Mira Vandeput",
      line1: "Damrak 1",
      city: "Amsterdam",
      postalCode: "1012 LG",
      countryCode: "NL",
    },
    shipping: { serviceName: "FedEx Ground" },
    ...overrides,
  });
}
