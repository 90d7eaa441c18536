import type {
  CancelShipmentRequest,
  CreateShipmentsRequest,
  ShipmentDraft,
  TakeFromShipmentRequest,
} from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Call, Tx } from "@shopmesh/mesh";
import { changeShipment, type Desk } from "../effects/change.ts";
import { emitPlanned } from "../effects/events.ts";
import { buyLabel, returnLabel } from "../effects/labels.ts";
import { candidates, type Service, type Wish } from "../rate.ts";
import { ASK_AGAIN_MS, cancel, type Shipment, takeOut, wantsLabel } from "../shipment.ts";
import { findByKey, insertShipments, insertTombstone, lockByKeys } from "../store/shipments.ts";
import { addressOf } from "./proto.ts";
import { wishOfOption } from "./rates.ts";

/** Plans what is new, commits that, then buys the labels; what is there by its key stays as it is. */
export async function createShipments(
  desk: Desk,
  request: CreateShipmentsRequest,
  call: Call,
): Promise<readonly Shipment[]> {
  const ids = [...new Set(request.shipments.map(({ rateOptionId }) => rateOptionId))];
  const wishes = new Map(
    await Promise.all(ids.map(async (id) => [id, await wishOfOption(desk, call.sql, id)] as const)),
  );
  const wanted = request.shipments.map((draft) => newShipment(desk, request, draft, wishes));
  const planned = await call.transaction((tx) => plan(tx, request.orderId, wanted));
  const newIds = new Set(wanted.map(({ id }) => id));
  const labelled = await Promise.all(
    planned.map((shipment) => labelOnce(desk, call, shipment, newIds.has(shipment.id))),
  );
  refuseUnsendable(request.orderId, labelled);
  return wanted.flatMap(({ key }) => labelled.filter((shipment) => shipment.key === key));
}

/** The shipment with its label. A carrier asked twice sells two, so only who made the shipment asks at once; the schedule does later. */
export async function labelOnce(desk: Desk, call: Call, shipment: Shipment, isNew: boolean): Promise<Shipment> {
  return isNew && wantsLabel(shipment) ? buyLabel(desk, call, shipment, true) : shipment;
}

/** Throws ADDRESS_REJECTED, ORDER_SHIPMENTS_CANCELLED for what will never leave. */
export function refuseUnsendable(orderId: string, shipments: readonly Shipment[]): void {
  const rejected = shipments.find(({ failureReason }) => failureReason === "ADDRESS_REJECTED");
  if (rejected !== undefined) {
    throw new DomainError("precondition", "ADDRESS_REJECTED", { shipment_id: rejected.id, carrier: rejected.carrier });
  }
  if (shipments.some(({ state }) => state === "cancelled")) throw calledOff(orderId);
}

/** Calls a shipment off; a key that is not known can never be created again. */
export async function cancelShipment(
  desk: Desk,
  { orderId, key }: CancelShipmentRequest,
  call: Call,
): Promise<Shipment | undefined> {
  const found = (await findByKey(call.sql, orderId, key)) ?? (await bury(desk, { orderId, key }, call));
  if (found === undefined) return undefined;
  const isReturned = await returnLabel(desk, call, found);
  return call.transaction((tx) => changeShipment(desk, tx, found.id, (shipment) => cancel(shipment, isReturned)));
}

/** Takes goods out of a shipment that has not left; undefined where there is none. */
export async function takeFromShipment(
  desk: Desk,
  { orderId, key, removalId, goods }: TakeFromShipmentRequest,
  call: Call,
): Promise<Shipment | undefined> {
  const found = await findByKey(call.sql, orderId, key);
  if (found === undefined) return undefined;
  return call.transaction((tx) =>
    changeShipment(desk, tx, found.id, (shipment) => takeOut(shipment, removalId, goods)),
  );
}

/** Leaves a tombstone; the shipment, where one came in between. */
async function bury(desk: Desk, { orderId, key }: { readonly orderId: string; readonly key: string }, call: Call) {
  return call.transaction(async (tx) => {
    await insertTombstone(tx, { id: desk.newId(), orderId, key, nowMs: desk.clock() });
    return (await lockByKeys(tx, orderId, [key])).shipments[0];
  });
}

/** The shipments of these keys: new ones are written and told of. Throws ORDER_SHIPMENTS_CANCELLED. */
export async function plan(tx: Tx, orderId: string, wanted: readonly Shipment[]): Promise<readonly Shipment[]> {
  const isAllNew = (await insertShipments(tx, wanted)) === wanted.length;
  const { shipments, isRefused } = isAllNew
    ? { shipments: wanted, isRefused: false }
    : await lockAll(tx, orderId, wanted);
  if (isRefused) throw calledOff(orderId);
  const newIds = new Set(wanted.map(({ id }) => id));
  for (const shipment of shipments) if (newIds.has(shipment.id)) emitPlanned(tx, shipment);
  return shipments;
}

function lockAll(tx: Tx, orderId: string, wanted: readonly Shipment[]) {
  return lockByKeys(
    tx,
    orderId,
    wanted.map(({ key }) => key),
  );
}

/** The service that a new shipment is planned with. Throws RATE_OPTION_NOT_FOUND where no carrier is there for it. */
export function bestService({ carriers }: Desk, wish: Wish | undefined, isAbroad: boolean): Service {
  const best = wish && candidates(wish, isAbroad).find(({ carrier }) => carriers.has(carrier));
  if (best === undefined) throw new DomainError("not-found", "RATE_OPTION_NOT_FOUND");
  return best;
}

function calledOff(orderId: string): DomainError {
  return new DomainError("precondition", "ORDER_SHIPMENTS_CANCELLED", { order_id: orderId });
}

function newShipment(
  desk: Desk,
  request: CreateShipmentsRequest,
  draft: ShipmentDraft,
  wishes: ReadonlyMap<string, Wish>,
): Shipment {
  const destination = addressOf(request.destination);
  const sender = draft.from === undefined ? undefined : addressOf(draft.from);
  const isAbroad = destination.countryCode !== (sender ?? desk.origin).countryCode;
  const service = bestService(desk, wishes.get(draft.rateOptionId), isAbroad);
  const way = { key: draft.key, direction: "outbound", sender, destination, service } as const;
  return plannedShipment(desk, request, draft, way);
}

type Buyer = Pick<CreateShipmentsRequest, "orderId" | "orderGroupId" | "customerId" | "guestHash">;
type Goods = Pick<ShipmentDraft, "sellerId" | "locationId" | "lines">;
type PlannedWay = Pick<Shipment, "key" | "direction" | "sender" | "destination"> & { readonly service: Service };

/** A parcel that is still to be made, without its label. */
export function plannedShipment(
  desk: Pick<Desk, "clock" | "newId">,
  buyer: Buyer,
  goods: Goods,
  { service, ...way }: PlannedWay,
): Shipment {
  const nowMs = desk.clock();
  return {
    ...way,
    id: desk.newId(),
    orderId: buyer.orderId,
    orderGroupId: buyer.orderGroupId,
    personId: buyer.customerId || undefined,
    guestTokenHash: buyer.guestHash || undefined,
    sellerId: goods.sellerId,
    locationId: goods.locationId,
    version: 1,
    state: "planned",
    carrier: service.carrier,
    service: service.name,
    serviceType: service.type,
    trackingNumber: "",
    labelKey: "",
    labelAttempt: 0,
    isLabelStray: false,
    weightGrams: goods.lines.reduce((total, { weightGrams, quantity }) => total + weightGrams * quantity, 0),
    lines: goods.lines.map(({ sku, quantity, title }) => ({ sku, quantity, title })),
    failureReason: "",
    estimateMs: undefined,
    promiseMs: undefined,
    shipMs: undefined,
    deliverMs: undefined,
    askMs: nowMs + ASK_AGAIN_MS,
    createMs: nowMs,
    updateMs: nowMs,
  };
}
