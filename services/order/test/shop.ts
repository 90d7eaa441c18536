import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { CartSchema } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { CartService, GetCartResponseSchema } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import type { Disposition } from "@shopmesh/contracts/shop/inventory/v1/inventory_pb.ts";
import { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import {
  CheckoutService,
  OrderAdminService,
  OrderService,
} from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { PaymentState, TransferState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { PromotionService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import { ShippingAdminService, ShippingService } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Actor } from "@shopmesh/mesh";
import { type TestDatabase, testService } from "@shopmesh/mesh/testing";
import type { ExecutionContext } from "ava";
import { order } from "../src/service.ts";
import { address, eur, nowMs } from "./fixtures.ts";

/** What one method of another service does. */
export type Deed = (request: Asked) => unknown;

/** What deeds look at of a request. */
type Asked = {
  readonly requestId?: string;
  readonly orderGroupId?: string;
  readonly ttl?: { readonly seconds: bigint };
  readonly couponCode?: string;
  readonly orderId?: string;
  readonly shipmentId?: string;
  readonly captureId?: string;
  readonly refundId?: string;
  readonly reason?: string;
  readonly key?: string;
  readonly final?: boolean;
  readonly tenders?: readonly unknown[];
  readonly amount?: { readonly minorUnits: bigint };
  readonly tax?: { readonly minorUnits: bigint };
  readonly platformShare?: { readonly minorUnits: bigint };
  readonly reversed?: boolean;
  readonly returnId?: string;
  readonly holdId?: string;
  readonly skus?: readonly string[];
  readonly destination?: { readonly line1: string };
  readonly orders?: readonly { readonly orderId: string; readonly lines: readonly Piece[] }[];
  readonly lines?: readonly (Piece & { readonly locationId: string })[];
  readonly shipments?: readonly { readonly key: string }[];
  readonly parcels?: readonly { readonly sellerId: string; readonly from?: { readonly city: string } }[];
};

type Piece = { readonly sku: string; readonly quantity: number; readonly disposition?: Disposition };

/** Whose cart is ordered. */
export const guest: Actor = { kind: "guest", tokenHash: "a".repeat(64) };

/** Somebody who is signed in. */
export const customer: Actor = {
  kind: "person",
  id: "01890000-0000-7000-8000-00000000000c",
  roles: ["customer"],
  sellerId: undefined,
  sessionId: "s",
};

const cartId = "01890000-0000-7000-8000-000000000001";

/** The order service between others that do as they are told; `deeds` replaces what one method does; its clock runs `speed` times as fast. */
export async function startShop(t: ExecutionContext, deeds: Readonly<Record<string, Deed>> = {}, speed = 1) {
  const done: string[] = [];
  const asked: { readonly name: string; readonly request: Asked }[] = [];
  const carrier = createCarrier();
  let passedMs = 0;
  const begunMs = Date.now();
  let cartVersion = 3n;
  let settledGroupId = "";
  const usual: Readonly<Record<string, Deed>> = {
    getCart: () => cartAnswer({ version: cartVersion, lastOrderGroupId: settledGroupId }),
    locateStock: () => ({ lines: [], locations: [] }),
    quoteRates: () => rates(490),
    authorizePayment: () => ({ payment: { state: PaymentState.AUTHORIZED } }),
    capturePayment: () => ({ capture: { state: TransferState.SUCCEEDED } }),
    refundPayment: () => ({ refund: { state: TransferState.SUCCEEDED } }),
    allocateStock: ({ orders = [] }) => ({
      allocations: orders.map(({ orderId, lines }) => ({
        orderId,
        lines: lines.map((piece) => ({ ...piece, locationId: "l" })),
        locations: [],
      })),
    }),
    ...carrier.deeds,
    batchGetOffers: ({ skus = [] }) => ({ offers: shelf.filter(({ sku }) => skus.includes(sku)) }),
    createReturnLabel: () => ({
      shipment: { id: "back", carrier: "fedex", trackingNumber: "7949", labelUrl: "/media/l" },
    }),
  };
  const fakeOf = (own: Readonly<Record<string, Deed>>) =>
    new Proxy(
      {},
      {
        get: (_, name: string) => async (request: Asked) => {
          done.push(name);
          asked.push({ name, request });
          return (own[name] ?? usual[name] ?? (() => ({})))(request);
        },
      },
    );
  const contracts = [
    CartService,
    CatalogService,
    InventoryService,
    PaymentService,
    PromotionService,
    ShippingAdminService,
    ShippingService,
  ];
  const start = (own: Readonly<Record<string, Deed>>, database?: TestDatabase) => {
    const fake = fakeOf(own);
    return testService(t, order, {
      clients: new Map(contracts.map((contract) => [contract, fake])),
      nowMs: () => nowMs + (Date.now() - begunMs) * speed + passedMs,
      poolSize: 12,
      ...(database === undefined ? {} : { database }),
    });
  };
  const service = await start(deeds);
  const checkout = service.as(guest)(CheckoutService);
  const wish = { cartId, email: "ada@example.com", shippingAddress: address };
  const { quote } = await checkout.quoteCheckout(wish);
  const administrator: Actor = {
    kind: "person",
    id: "01890000-0000-7000-8000-00000000000a",
    roles: ["admin"],
    sellerId: undefined,
    sessionId: "s",
  };
  return {
    checkout,
    asked: wish,
    quoteId: quote?.id ?? "",
    /** A quote of the cart after it has moved on to `version`, and after a group took its goods out. */
    requote: async (version: bigint, lastOrderGroupId = "") => {
      cartVersion = version;
      settledGroupId = lastOrderGroupId;
      return (await checkout.quoteCheckout(wish)).quote?.id ?? "";
    },
    calls: () => done,
    /** What was asked of one method, in order. */
    requests: (name: string) => asked.filter((call) => call.name === name).map(({ request }) => request),
    carrier,
    /** Lets the consumers of an event react to it. */
    async hear<D extends DescMessage>(message: D, fields: MessageInitShape<D>) {
      const consumers = (service.parts.consumers ?? []).filter((consumer) => consumer.kind === "shared");
      const reactions = consumers.flatMap((consumer) => consumer.reactions);
      const meta = { id: "event", timeMs: nowMs, region: "eu", aggregateId: "", version: 1n, attempt: 1 };
      for (const { message: wanted, react } of reactions)
        if (wanted.typeName === message.typeName)
          await service.database.transaction((tx) => react(create(message, fields) as never, meta, tx));
    },
    /** Lets so much time go by. */
    pass: (ms: number) => void (passedMs += ms),
    orders: (signal?: AbortSignal) => service.as(guest)(OrderService, signal),
    ordersOf: (actor: Actor) => service.as(actor)(OrderService),
    admin: service.as(administrator)(OrderAdminService),
    service,
    /** A second process of it, to whom the others answer by `own`. */
    startAnother: (own: Readonly<Record<string, Deed>> = {}) => start(own, service.database),
  };
}

/** A carrier that moves its parcels when a test says so: `send`, `bring`, `end`; of all parcels where none is named. */
function createCarrier() {
  const parcels = new Map<
    string,
    { id: string; key: string; orderId: string; state: ShipmentState; shipTime?: Timestamp; deliverTime?: Timestamp }
  >();
  const named = (ids: readonly string[]) =>
    [...parcels.values()].filter(({ id }) => ids.length === 0 || ids.includes(id));
  const time = timestampFromMs(nowMs);
  const deeds: Readonly<Record<string, Deed>> = {
    createShipments: ({ orderId = "", shipments = [] }) => ({
      shipments: shipments.map(({ key }) => {
        const known = [...parcels.values()].find((parcel) => parcel.orderId === orderId && parcel.key === key);
        const parcel = known ?? { id: crypto.randomUUID(), key, orderId, state: ShipmentState.LABELLED };
        parcels.set(parcel.id, parcel);
        return parcel;
      }),
    }),
    getShipment: ({ shipmentId = "" }) => ({ shipment: parcels.get(shipmentId) }),
    listShipments: ({ orderId }) => ({
      shipments: [...parcels.values()].filter((parcel) => parcel.orderId === orderId),
      nextPageToken: "",
    }),
    markShipped: ({ shipmentId = "" }) => {
      Object.assign(parcels.get(shipmentId) ?? {}, { state: ShipmentState.SHIPPED, shipTime: time });
      return {};
    },
    takeFromShipment: ({ orderId, key }) => {
      const parcel = [...parcels.values()].find((one) => one.orderId === orderId && one.key === key);
      if (parcel?.shipTime !== undefined) throw new DomainError("precondition", "SHIPMENT_STATE");
      return {};
    },
    cancelShipment: ({ orderId, key }) => {
      const parcel = [...parcels.values()].find((one) => one.orderId === orderId && one.key === key);
      if (parcel?.shipTime !== undefined) throw new DomainError("precondition", "SHIPMENT_STATE");
      if (parcel !== undefined) parcel.state = ShipmentState.CANCELLED;
      return {};
    },
  };
  return {
    deeds,
    parcels: () => [...parcels.values()],
    send(...ids: string[]) {
      for (const parcel of named(ids)) Object.assign(parcel, { state: ShipmentState.SHIPPED, shipTime: time });
    },
    bring(...ids: string[]) {
      for (const parcel of named(ids))
        Object.assign(parcel, { state: ShipmentState.DELIVERED, shipTime: time, deliverTime: time });
    },
    end(state: ShipmentState, ...ids: string[]) {
      for (const parcel of named(ids)) parcel.state = state;
    },
  };
}

/** The cart of version 3 with a coupon, two of A from the first seller and one of B from the second. */
export function cartAnswer(fields: MessageInitShape<typeof CartSchema> = {}) {
  const lines = [line("A", 2, 1, 999), line("B", 1, 2, 2500)];
  return create(GetCartResponseSchema, { cart: { id: cartId, version: 3n, couponCode: "TEN", lines, ...fields } });
}

/** A card as the one tender. */
export function card(paymentMethod = "pm_card_visa") {
  return [{ means: { case: "card" as const, value: { paymentMethod } } }];
}

function line(sku: string, quantity: number, seller: number, cents: number) {
  return {
    sku,
    quantity,
    title: sku,
    sellerId: sellerId(seller),
    sellerName: `Seller ${seller}`,
    unitPrice: eur(cents),
    weightGrams: 100,
    productId: sku,
    productVersion: 1n,
  };
}

/** What is sold now: A as it was, in another colour at its price, a dearer thing, a cheaper one, and one of another seller. */
const shelf = [
  offered("A", "A", 1, 999),
  offered("A-BLUE", "A", 1, 999),
  offered("DEARER", "C", 1, 2_499),
  offered("CHEAPER", "D", 1, 499),
  offered("OTHERS", "B", 2, 999),
];

function offered(sku: string, productId: string, seller: number, cents: number) {
  return { ...line(sku, 1, seller, cents), productId, price: eur(cents), sellable: true };
}

/** One way to send each seller's goods. */
export function rates(cents: number) {
  const options = [{ id: "std", carrier: "fedex", service: "Ground", price: eur(cents) }];
  return { parcels: [1, 2].map((seller) => ({ sellerId: sellerId(seller), options })) };
}

export function discount(sku: string, cents: number) {
  return { sku, promotionId: "p", label: "all of it", amount: eur(cents) };
}

/** The id of the shop's first or second seller. */
export function sellerId(seller: number): string {
  return `01890000-0000-7000-8000-0000000000f${seller}`;
}
