import { DomainError } from "@shopmesh/kernel";
import { failpoint } from "@shopmesh/mesh";
import type { Carrier, CarrierAnswer, CarrierLabel, LabelRequest } from "../carrier.ts";
import { candidates, type Service, wishOf } from "../rate.ts";
import { addLabel, labelName, plannedBy, reject, type Shipment, type Stray, wantsLabel } from "../shipment.ts";
import { findGivenUpOf, insertGivenUp } from "../store/given-up.ts";
import { requireShipment } from "../store/shipments.ts";
import { changeShipment, type Desk, type Ground, patienceOf } from "./change.ts";

/** A carrier that has not answered for so long is given up for another. */
const GIVE_UP_AFTER_MS = 10 * 60_000;

/** What came of asking for a label, and the shipment as it was asked for. */
type Attempt = { readonly shipment: Shipment; readonly answer: CarrierAnswer<CarrierLabel> };

/** What became of a label that nobody wants: "none" where the carrier knows of none so far, "unheard" where nobody says. */
export type GivenBack = "done" | "none" | "unheard";

/**
 * The shipment with its label, asked for under a committed name; as it is where no carrier answers, called off where it goes nowhere.
 * One that is refused, or whose carrier is known to be away, is carried by another service that takes no longer; one whose
 * carrier stays silent too, after a while. `isFirst`: nobody can have asked before.
 */
export async function buyLabel(desk: Desk, ground: Ground, planned: Shipment, isFirst = false): Promise<Shipment> {
  let shipment = planned;
  // Whether the carrier it is planned with may hold a label that nobody has heard of.
  let isUncertain = !isFirst;
  let isRefused = true;
  for (const by of await servicesFor(desk, ground, planned, isFirst)) {
    if (by.carrier !== shipment.carrier || by.type !== shipment.serviceType) {
      const replanned = await askAnew(desk, ground, shipment, { by, isUncertain });
      if (replanned === undefined) return requireShipment(ground.sql, shipment.id);
      shipment = replanned;
      isUncertain = false;
    }
    const attempt = await askForLabel(desk, ground, shipment, isUncertain);
    if (attempt === undefined) return requireShipment(ground.sql, shipment.id);
    const { answer } = attempt;
    shipment = attempt.shipment;
    failpoint("shipping.after-label");
    if (answer.kind === "answered") return keepLabel(desk, ground, shipment, answer.value);
    if (answer.kind === "refused") {
      if (answer.about !== "other") return refuse(desk, ground, shipment, "ADDRESS_REJECTED");
      isUncertain = false;
      continue;
    }
    isRefused = false;
    isUncertain ||= answer.isUnsent !== true;
    const isPatient = desk.clock() - shipment.createMs < GIVE_UP_AFTER_MS;
    // Whoever may hold a label is asked again before anybody else is.
    if (isUncertain && isPatient) break;
  }
  return isRefused ? refuse(desk, ground, shipment, "CARRIER_REFUSED") : defer(desk, ground, shipment);
}

/** Gives the label of a shipment back that was called off; one whose number is not known is looked for from now on. */
export async function returnStrayLabel(desk: Desk, ground: Ground, shipment: Shipment): Promise<void> {
  const isKnown = shipment.trackingNumber !== "";
  const isDone = !isKnown || (await giveBack(desk, ground, shipment, shipment)) !== "unheard";
  await ground.transaction(async (tx) => {
    if (!isKnown) await insertGivenUp(tx, shipment.id, shipment, desk.clock());
    await changeShipment(desk, tx, shipment.id, (present) =>
      isDone && present.trackingNumber === shipment.trackingNumber ? { ...present, isLabelStray: false } : present,
    );
  });
}

/** Gives one label back; one whose number is not known is asked for first. */
export async function giveBack(desk: Desk, ground: Ground, shipment: Shipment, stray: Stray): Promise<GivenBack> {
  const carrier = desk.carriers.get(stray.carrier);
  const patience = patienceOf(desk, ground);
  if (carrier === undefined || patience === undefined) return "unheard";
  const number =
    stray.trackingNumber || (await numberOf(carrier, requestOf(desk, { ...shipment, ...stray }), patience));
  if (number === undefined) return "unheard";
  if (number === "") return "none";
  // Refused: it was picked up, or is not known. Asking again would not change that.
  return (await carrier.returnLabel(number, patience)).kind === "unanswered" ? "unheard" : "done";
}

/** Gives the label of a shipment back that is to be called off; false where there was none to give. Throws SHIPMENT_STATE, CARRIER_UNAVAILABLE. */
export async function returnLabel(desk: Desk, ground: Ground, shipment: Shipment): Promise<boolean> {
  if (shipment.trackingNumber === "" || shipment.state !== "labelled") return false;
  const patience = patienceOf(desk, ground);
  const answer =
    patience && (await desk.carriers.get(shipment.carrier)?.returnLabel(shipment.trackingNumber, patience));
  failpoint("shipping.after-label-returned");
  if (answer?.kind === "answered") return true;
  const metadata = { shipment_id: shipment.id, carrier: shipment.carrier };
  if (answer?.kind === "refused")
    throw new DomainError("precondition", "SHIPMENT_STATE", { ...metadata, wanted: "cancelled" });
  throw new DomainError("unavailable", "CARRIER_UNAVAILABLE", metadata);
}

/** The services that may carry it, the planned one first; none of a carrier that was given up before. */
async function servicesFor(
  desk: Desk,
  { sql }: Ground,
  shipment: Shipment,
  isFirst: boolean,
): Promise<readonly Service[]> {
  const from = shipment.sender ?? desk.origin;
  const isAbroad = from.countryCode !== shipment.destination.countryCode;
  const all = candidates(wishOf(shipment), isAbroad).filter(({ carrier }) => desk.carriers.has(carrier));
  if (isFirst || all.every(({ carrier }) => carrier === shipment.carrier)) return all;
  const givenUp = await findGivenUpOf(sql, shipment.id);
  return all.filter(({ carrier }) => carrier === shipment.carrier || !givenUp.includes(carrier));
}

/**
 * Commits that another label is asked for, by a name of its own: of `by`, which may be the same service. What the former name may have
 * come to is watched, and given back, its number known or not. Undefined where somebody else has asked, or it wants none any more.
 */
export function askAnew(
  desk: Desk,
  { transaction }: Ground,
  former: Shipment,
  { by, isUncertain }: { readonly by: Pick<Service, "carrier" | "type" | "name">; readonly isUncertain: boolean },
): Promise<Shipment | undefined> {
  return transaction(async (tx) => {
    let isMine = false;
    const after = await changeShipment(desk, tx, former.id, (present) => {
      isMine = wantsLabel(present) && present.labelAttempt === former.labelAttempt;
      return isMine ? plannedBy(present, by) : present;
    });
    if (isMine && isUncertain) await insertGivenUp(tx, former.id, former, desk.clock());
    return isMine ? after : undefined;
  });
}

/** Asks the carrier that it is planned with; where it may have sold one already, that is looked for before. Undefined as askAnew's. */
async function askForLabel(
  desk: Desk,
  ground: Ground,
  shipment: Shipment,
  isUncertain: boolean,
): Promise<Attempt | undefined> {
  const carrier = desk.carriers.get(shipment.carrier);
  const patience = patienceOf(desk, ground);
  if (carrier === undefined || patience === undefined)
    return { shipment, answer: { kind: "unanswered", isUnsent: true } };
  if (!isUncertain) return { shipment, answer: await carrier.buyLabel(requestOf(desk, shipment), patience) };
  const found = await carrier.findLabel(requestOf(desk, shipment), patience);
  if (found.kind !== "answered") return { shipment, answer: found };
  const { trackingNumber = "", label } = found.value ?? {};
  if (label !== undefined) return { shipment, answer: { kind: "answered", value: label } };
  // There is none yet, and the question may still be carried out; or there is one that nobody can print any more.
  const by = { carrier: carrier.name, type: shipment.serviceType, name: shipment.service };
  const again = await askAnew(desk, ground, { ...shipment, trackingNumber }, { by, isUncertain });
  return again && { shipment: again, answer: await carrier.buyLabel(requestOf(desk, again), patience) };
}

async function keepLabel(desk: Desk, ground: Ground, shipment: Shipment, label: CarrierLabel): Promise<Shipment> {
  const { id, carrier, labelAttempt } = shipment;
  const { trackingNumber, bytes, format, estimateMs } = label;
  // Whoever prints it knows the shipment's id; the rest of the name keeps others out.
  const secret = Buffer.from(desk.entropy(16)).toString("hex");
  const key = `shipping/labels/${id}-${secret}.${format}`;
  await desk.storage.put(key, bytes, format === "png" ? "image/png" : "application/pdf");
  const labelled = await ground.transaction(async (tx) => {
    const after = await changeShipment(desk, tx, id, (present) =>
      // Once another one was asked for this one is not wanted: it is looked for, and given back.
      present.labelAttempt === labelAttempt ? addLabel(present, { trackingNumber, key, estimateMs }) : present,
    );
    const isKept = after.trackingNumber === trackingNumber;
    if (!isKept) await insertGivenUp(tx, id, { ...shipment, trackingNumber }, desk.clock());
    return after;
  });
  const patience = patienceOf(desk, ground);
  // Unheard, the parcel is asked about like any that nobody tells of.
  if (patience !== undefined) await desk.carriers.get(carrier)?.follow(trackingNumber, patience);
  return labelled;
}

/** The number of a label that may have been sold; "" where there is none, undefined where nobody says. */
async function numberOf(
  carrier: Carrier,
  request: LabelRequest,
  patience: Parameters<Carrier["findLabel"]>[1],
): Promise<string | undefined> {
  const found = await carrier.findLabel(request, patience);
  if (found.kind === "unanswered") return undefined;
  return found.kind === "answered" ? (found.value?.trackingNumber ?? "") : "";
}

function requestOf(desk: Desk, shipment: Shipment): LabelRequest {
  const { serviceType, destination, sender: from = desk.origin, weightGrams } = shipment;
  return { name: labelName(shipment), serviceType, from, destination, weightGrams };
}

function refuse(desk: Desk, { transaction }: Ground, { id }: Shipment, reason: string): Promise<Shipment> {
  return transaction((tx) =>
    changeShipment(desk, tx, id, (present) => {
      if (wantsLabel(present)) return reject(present, reason);
      return present.isLabelStray ? { ...present, isLabelStray: false } : present;
    }),
  );
}

/** A due shipment is asked about again later. */
function defer(desk: Desk, { transaction }: Ground, { id }: Shipment): Promise<Shipment> {
  return transaction((tx) => changeShipment(desk, tx, id, (present) => present));
}
