import { DomainError } from "@shopmesh/kernel";
import { failpoint } from "@shopmesh/mesh";
import { addLabel, reject, type Shipment, wantsLabel } from "../shipment.ts";
import { changeShipment, type Desk, type Ground, patienceOf } from "./change.ts";

/**
 * The shipment with its label, bought under its own id, so that asking again is the same label; as it is where the carrier does
 * not answer, and called off where it refuses for good.
 */
export async function buyLabel(desk: Desk, ground: Ground, shipment: Shipment): Promise<Shipment> {
  const patience = patienceOf(desk, ground);
  if (patience === undefined) return shipment;
  const { id, serviceType, destination, sender: from = desk.origin, weightGrams } = shipment;
  const wanted = { shipmentId: id, serviceType, from, destination, weightGrams };
  const answer = await desk.carrier.buyLabel(wanted, patience);
  failpoint("shipping.after-label");
  if (answer.kind === "unanswered") return defer(desk, ground, shipment);
  if (answer.kind === "refused") {
    const reason = isAddress(answer.code) ? "ADDRESS_REJECTED" : "CARRIER_REFUSED";
    return ground.transaction((tx) => changeShipment(desk, tx, id, (present) => refuse(present, reason)));
  }
  const { trackingNumber, pdf, estimateMs } = answer.value;
  // Whoever prints it knows the shipment's id; the rest of the name keeps others out.
  const secret = Buffer.from(desk.entropy(16)).toString("hex");
  const key = `shipping/labels/${id}-${secret}.pdf`;
  await desk.storage.put(key, pdf, "application/pdf");
  return ground.transaction((tx) =>
    changeShipment(desk, tx, id, (present) => addLabel(present, { trackingNumber, key, estimateMs })),
  );
}

/** Gives a label back that nobody wants; one whose number is not known is asked for first. */
export async function returnStrayLabel(desk: Desk, ground: Ground, shipment: Shipment): Promise<void> {
  const known = shipment.trackingNumber === "" ? await buyLabel(desk, ground, shipment) : shipment;
  if (!known.isLabelStray || known.trackingNumber === "") return;
  const patience = patienceOf(desk, ground);
  if (patience === undefined) return;
  const answer = await desk.carrier.returnLabel(known.trackingNumber, patience);
  // Refused: it was picked up, or is not known. Asking again would not change that.
  const isDone = answer.kind !== "unanswered";
  await ground.transaction((tx) =>
    changeShipment(desk, tx, known.id, (present) => (isDone ? { ...present, isLabelStray: false } : present)),
  );
}

/** Gives the label of a shipment back that is to be called off; false where there was none to give. Throws SHIPMENT_STATE, CARRIER_UNAVAILABLE. */
export async function returnLabel(desk: Desk, ground: Ground, shipment: Shipment): Promise<boolean> {
  if (shipment.trackingNumber === "" || shipment.state !== "labelled") return false;
  const patience = patienceOf(desk, ground);
  const answer = patience && (await desk.carrier.returnLabel(shipment.trackingNumber, patience));
  failpoint("shipping.after-label-returned");
  if (answer?.kind === "answered") return true;
  const metadata = { shipment_id: shipment.id, carrier: shipment.carrier };
  if (answer?.kind === "refused")
    throw new DomainError("precondition", "SHIPMENT_STATE", { ...metadata, wanted: "cancelled" });
  throw new DomainError("unavailable", "CARRIER_UNAVAILABLE", metadata);
}

function refuse(shipment: Shipment, reason: string): Shipment {
  if (wantsLabel(shipment)) return reject(shipment, reason);
  return shipment.isLabelStray ? { ...shipment, isLabelStray: false } : shipment;
}

/** A due shipment is asked about again later. */
function defer(desk: Desk, { transaction }: Ground, { id }: Shipment): Promise<Shipment> {
  return transaction((tx) => changeShipment(desk, tx, id, (present) => present));
}

/** FedEx's codes for what is wrong with where it goes. */
function isAddress(code: string): boolean {
  return /RECIPIENT|POSTAL|COUNTRY|ADDRESS|STATE/.test(code);
}
