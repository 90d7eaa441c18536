import type { ShippingService } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import {
  type Actor,
  type Call,
  cutPage,
  type Handlers,
  idPart,
  type Live,
  readPage,
  type Storage,
  timeField,
} from "@shopmesh/mesh";
import { type Desk, topicOf } from "../effects/change.ts";
import { readFedexEvent, readUpsEvent, takeEvent } from "../effects/webhook.ts";
import { isSamePostalCode, type Shipment } from "../shipment.ts";
import { findScans } from "../store/scans.ts";
import { findByNumbers, findOrderOwner, listShipments, requireShipment } from "../store/shipments.ts";
import { scanToProto, shipmentToProto, stateToProto } from "./proto.ts";
import { quoteRates } from "./rates.ts";
import { createReturnLabel } from "./returns.ts";
import { cancelShipment, createShipments, takeFromShipment } from "./shipments.ts";

export type ShippingDeps = {
  readonly desk: Desk;
  readonly live: Live;
  readonly storage: Pick<Storage, "publicUrl">;
  readonly webhookSecret: string;
  /** What UPS shows with its reports. */
  readonly upsCredential: string;
};

const pages = { standard: 20, most: 50, key: [idPart] } as const;

export function shippingHandlers(deps: ShippingDeps): Handlers<typeof ShippingService> {
  const { desk, live } = deps;
  return {
    quoteRates: (request, call) => quoteRates(desk, request, call),
    async createShipments(request, call) {
      return { shipments: await describe(deps, await createShipments(desk, request, call), call) };
    },
    async createReturnLabel(request, call) {
      const [shipment] = await describe(deps, [await createReturnLabel(desk, request, call)], call);
      return shipment === undefined ? {} : { shipment };
    },
    async cancelShipment(request, call) {
      const shipment = await cancelShipment(desk, request, call);
      const [described] = await describe(deps, shipment === undefined ? [] : [shipment], call);
      return described === undefined ? {} : { shipment: described };
    },
    async takeFromShipment(request, call) {
      const shipment = await takeFromShipment(desk, request, call);
      const [described] = await describe(deps, shipment === undefined ? [] : [shipment], call);
      return described === undefined ? {} : { shipment: described };
    },
    getShipment: ({ shipmentId }, call) => getShipment(deps, shipmentId, call),
    async listShipments(request, call) {
      const page = readPage(request, pages);
      const sellerId = await sellerOnly(request.orderId, call);
      const asked = { orderId: request.orderId, sellerId, limit: page.limit, afterId: page.after?.[0] };
      const { rows, nextPageToken } = cutPage(await listShipments(call.sql, asked), page, ({ id }) => [id]);
      return { shipments: await describe(deps, rows, call), nextPageToken };
    },
    trackShipment: ({ trackingNumber, postalCode }, call) => track(trackingNumber, postalCode, call),
    watchShipment({ shipmentId, cursor }, call) {
      return live.follow(call, topicOf(shipmentId), {
        cursor,
        read: (from) => readChange(deps, shipmentId, from, call),
        heartbeat: (at) => ({ cursor: at }),
      });
    },
    async receiveFedexEvent({ body, headers }, call) {
      const message = { body, signature: headers["fdx-signature"] ?? "", nowMs: desk.clock() };
      await takeEvent(desk, call, readFedexEvent(deps.webhookSecret, message));
      return {};
    },
    async receiveUpsEvent({ body, headers }, call) {
      const message = { body, shown: headers["credential"] ?? "", nowMs: desk.clock() };
      await takeEvent(desk, call, readUpsEvent(deps.upsCredential, message));
      return {};
    },
  };
}

async function getShipment(deps: ShippingDeps, id: string, call: Call) {
  const [shipment] = await describe(deps, [await requireShipment(call.sql, id)], call);
  return shipment === undefined ? {} : { shipment };
}

/** Shipments with what was scanned of them. */
export async function describe(deps: ShippingDeps, shipments: readonly Shipment[], call: Call) {
  const scans = await findScans(
    call.sql,
    shipments.map(({ id }) => id),
  );
  return shipments.map((shipment) =>
    shipmentToProto(shipment, scans.get(shipment.id) ?? [], labelUrl(deps, shipment, call)),
  );
}

/** Only who packs the parcel prints its label: its seller, or, of one that comes back, its buyer, whom order tells. */
function labelUrl({ storage }: ShippingDeps, shipment: Shipment, { actor, caller }: Call): string {
  const { labelKey, sellerId, direction } = shipment;
  const isAdministrator = actor.kind === "person" && actor.roles.includes("admin");
  const isSeller = actor.kind === "person" && actor.sellerId === sellerId;
  const isPacker = direction === "return" ? caller === "order" || isBuyer(shipment, actor) : isSeller;
  return (isAdministrator || isPacker) && labelKey !== "" ? storage.publicUrl(labelKey) : "";
}

function isBuyer({ personId, guestTokenHash }: Shipment, actor: Actor): boolean {
  if (actor.kind === "guest") return actor.tokenHash === guestTokenHash;
  return actor.kind === "person" && actor.id === personId;
}

/** The seller whose shipments alone are shown; undefined: all of the order's. */
async function sellerOnly(orderId: string, { actor, caller, sql }: Call): Promise<string | undefined> {
  if (actor.kind !== "person" || caller === "order") return undefined;
  if (actor.roles.includes("support") || actor.roles.includes("admin")) return undefined;
  const owner = await findOrderOwner(orderId, sql);
  return owner?.personId === actor.id ? undefined : actor.sellerId;
}

/** One answer for every mismatch: nobody learns which numbers there are. */
async function track(trackingNumber: string, postalCode: string, { sql }: Call) {
  const found = await findByNumbers(sql, [trackingNumber]);
  const shipment = found.find(({ destination }) => isSamePostalCode(destination.postalCode, postalCode));
  if (shipment === undefined) {
    throw new DomainError("not-found", "SHIPMENT_NOT_FOUND", { tracking_number: trackingNumber });
  }
  const scans = (await findScans(sql, [shipment.id])).get(shipment.id) ?? [];
  return {
    state: stateToProto(shipment.state),
    carrier: shipment.carrier,
    scans: scans.map(scanToProto),
    ...timeField("estimatedDeliveryTime", shipment.estimateMs),
  };
}

/** The shipment where it is newer than `cursor`, its version. Throws CURSOR_INVALID. */
async function readChange(deps: ShippingDeps, id: string, cursor: string, call: Call) {
  const seen = cursor === "" ? 0 : Number(cursor);
  if (!Number.isSafeInteger(seen)) throw new DomainError("invalid", "CURSOR_INVALID", { field: "cursor" });
  const shipment = await requireShipment(call.sql, id);
  if (shipment.version <= seen) return { messages: [], cursor };
  const next = String(shipment.version);
  const described = await describe(deps, [shipment], call);
  return { messages: described.map((message) => ({ cursor: next, shipment: message })), cursor: next };
}
