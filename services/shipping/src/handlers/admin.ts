import type {
  BuyLabelRequest,
  MarkShippedRequest,
  ShippingAdminService,
} from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Call, Handlers } from "@shopmesh/mesh";
import { changeShipment } from "../effects/change.ts";
import { askAnew, buyLabel } from "../effects/labels.ts";
import { hasLeft } from "../scan.ts";
import {
  ASK_AGAIN_MS,
  markDelivered,
  markShipped,
  OTHER_CARRIER,
  prepare,
  type Shipment,
  wantsLabel,
} from "../shipment.ts";
import { insertGivenUp } from "../store/given-up.ts";
import { claimDue, requireShipment } from "../store/shipments.ts";
import { wishOfOption } from "./rates.ts";
import { bestService, refuseUnsendable } from "./shipments.ts";
import { describe, type ShippingDeps } from "./shipping.ts";
import { listZones, setZone } from "./zones.ts";

export function shippingAdminHandlers(deps: ShippingDeps): Handlers<typeof ShippingAdminService> {
  const change = async (id: string, call: Call, to: (shipment: Shipment, nowMs: number) => Shipment) => {
    const shipment = await call.transaction((tx) => changeShipment(deps.desk, tx, id, to));
    return withShipment(deps, shipment, call);
  };
  return {
    buyLabel: async (request, call) => withShipment(deps, await buyLabelNow(deps, request, call), call),
    markPicking: ({ shipmentId }, call) => change(shipmentId, call, (present) => prepare(present, "picking")),
    markPacked: ({ shipmentId }, call) => change(shipmentId, call, (present) => prepare(present, "packed")),
    markShipped: async (request, call) => withShipment(deps, await markShippedNow(deps, request, call), call),
    markDelivered: ({ shipmentId }, call) =>
      change(shipmentId, call, (present, nowMs) => {
        refuseUnlessUntold(present, call);
        return markDelivered(present, nowMs);
      }),
    listZones: (request, call) => listZones(request, call),
    setZone: (request, call) => setZone(deps.desk, request, call),
  };
}

async function withShipment(deps: ShippingDeps, shipment: Shipment, call: Call) {
  const [described] = await describe(deps, [shipment], call);
  return described === undefined ? {} : { shipment: described };
}

/** Notes that a parcel left; the label that it did not leave under is given back. */
function markShippedNow(
  { desk }: ShippingDeps,
  { shipmentId, trackingNumber }: MarkShippedRequest,
  { transaction }: Call,
): Promise<Shipment> {
  return transaction(async (tx) => {
    let former: Shipment | undefined;
    const after = await changeShipment(desk, tx, shipmentId, (present, nowMs) => {
      former = present;
      return markShipped(present, trackingNumber, nowMs);
    });
    // One that was asked for and that nobody has heard of is looked for.
    if (former !== undefined && former.carrier !== after.carrier)
      await insertGivenUp(tx, shipmentId, former, desk.clock());
    return after;
  });
}

/** Throws CARRIER_TELLS where a carrier is asked about it, except for administrators, who know better when it stays silent. */
function refuseUnlessUntold({ id, carrier }: Shipment, { actor }: Call): void {
  const isAdministrator = actor.kind === "person" && actor.roles.includes("admin");
  if (carrier !== OTHER_CARRIER && !isAdministrator)
    throw new DomainError("precondition", "CARRIER_TELLS", { shipment_id: id, carrier });
}

/** Buys the label that a shipment lacks, by the way planned or by another. */
async function buyLabelNow({ desk }: ShippingDeps, request: BuyLabelRequest, call: Call): Promise<Shipment> {
  const { shipmentId, rateOptionId } = request;
  const found = await requireShipment(call.sql, shipmentId);
  if (found.state === "cancelled" || (hasLeft(found.state) && found.labelKey === ""))
    throw new DomainError("precondition", "SHIPMENT_STATE", {
      shipment_id: found.id,
      state: found.state,
      wanted: "labelled",
    });
  if (!wantsLabel(found)) return found;
  // A question set the next time to ask: until then its answer may come, and a second question may be a second label.
  const nowMs = desk.clock();
  if (!(await claimDue(call.sql, found.id, nowMs, nowMs + ASK_AGAIN_MS)))
    throw new DomainError("aborted", "LABEL_PENDING", { shipment_id: found.id });
  const planned = rateOptionId === "" ? found : await replanBy(desk, found, rateOptionId, call);
  const labelled = await buyLabel(desk, call, planned);
  refuseUnsendable(found.orderId, [labelled]);
  if (wantsLabel(labelled))
    throw new DomainError("unavailable", "CARRIER_UNAVAILABLE", { shipment_id: found.id, carrier: labelled.carrier });
  return labelled;
}

async function replanBy(
  desk: ShippingDeps["desk"],
  found: Shipment,
  rateOptionId: string,
  call: Call,
): Promise<Shipment> {
  const from = found.sender ?? desk.origin;
  const wish = await wishOfOption(desk, call.sql, rateOptionId);
  const by = bestService(desk, wish, from.countryCode !== found.destination.countryCode);
  if (by.carrier === found.carrier && by.type === found.serviceType) return found;
  // The former one may have been sold, its answer lost.
  const replanned = await askAnew(desk, call, found, { by, isUncertain: true });
  return replanned ?? requireShipment(call.sql, found.id);
}
