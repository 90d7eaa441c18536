import type { Log } from "@shopmesh/mesh";
import { isFinal, type Scan } from "../scan.ts";
import { ASK_AGAIN_MS, nextLook, type Shipment, STRAY_WATCH_MS, wantsLabel } from "../shipment.ts";
import { findGivenUpDue, type GivenUp, settleGivenUp } from "../store/given-up.ts";
import { sweepEvents } from "../store/scans.ts";
import { claimDue, findDue, lockShipment, postpone, requireShipment } from "../store/shipments.ts";
import { changeShipment, type Desk, type Ground, patienceOf, scanShipment } from "./change.ts";
import { buyLabel, giveBack, returnStrayLabel } from "./labels.ts";

/** As many as FedEx tracks by one question; the others are tracked by several. */
const BATCH = 30;
const EVENTS_KEPT_MS = 30 * 24 * 3_600_000;
const SWEEP_BATCH = 1_000;

/** Does one thing; what goes wrong with it is logged, and these shipments are put off. */
type Alone = <T>(ids: readonly string[], work: () => Promise<T>) => Promise<T | undefined>;

/**
 * Asks carriers about all that is due, while there is time: labels not bought yet or not wanted any more, and parcels nobody has
 * told of. What goes wrong with one shipment is logged and put off: it would come first for ever.
 */
export async function workOffDue(desk: Desk, ground: Ground, log: Log): Promise<void> {
  const nowMs = desk.clock();
  const alone: Alone = async (ids, work) => {
    try {
      return await work();
    } catch (error) {
      log.error("shipments cannot be worked off", { shipment_ids: ids.join(" ") }, error);
      for (const id of ids) await postpone(ground.sql, id, nowMs);
      return undefined;
    }
  };
  let isMore = true;
  while (isMore) {
    const ids = await findDue(ground.sql, nowMs, BATCH);
    await workOff(desk, ground, ids, alone);
    for (const label of await findGivenUpDue(ground.sql, desk.clock(), BATCH))
      await alone([], () => returnGivenUp(desk, ground, label));
    isMore = ids.length === BATCH && patienceOf(desk, ground) !== undefined;
  }
  while ((await sweepEvents(ground.sql, nowMs - EVENTS_KEPT_MS, SWEEP_BATCH)) === SWEEP_BATCH);
}

/** Asks carriers about these shipments: their labels one by one, the way of those that have one together. */
async function workOff(desk: Desk, ground: Ground, ids: readonly string[], alone: Alone): Promise<void> {
  const due: Shipment[] = [];
  for (const id of ids) {
    const shipment = await alone([id], () => settleLabel(desk, ground, id));
    if (shipment !== undefined) due.push(shipment);
  }
  const silent = due.filter((shipment) => shipment.trackingNumber !== "" && !isFinal(shipment.state));
  for (const [carrier, parcels = []] of Object.entries(Object.groupBy(silent, (shipment) => shipment.carrier))) {
    const scans = await alone(parcels.map(idOf), () => track(desk, ground, carrier, parcels));
    for (const { id, trackingNumber } of scans === undefined ? [] : parcels)
      await alone([id], () => keepScans(desk, ground, id, scans?.get(trackingNumber) ?? []));
  }
}

/** Gives back a label that was given up for another one; one that its carrier does not know yet is looked for again. */
async function returnGivenUp(desk: Desk, ground: Ground, label: GivenUp): Promise<void> {
  const shipment = await requireShipment(ground.sql, label.shipmentId);
  const answer = await giveBack(desk, ground, shipment, label);
  const nowMs = desk.clock();
  const isOpen = answer === "unheard" || (answer === "none" && nowMs < label.untilMs);
  await settleGivenUp(ground.sql, label, { isOpen, askMs: nextLook(label.untilMs - STRAY_WATCH_MS, nowMs) });
}

/** The shipment as it was found, its label bought or given back; one that another is asking about right now is left to it. */
async function settleLabel(desk: Desk, ground: Ground, id: string): Promise<Shipment | undefined> {
  const nowMs = desk.clock();
  if (!(await claimDue(ground.sql, id, nowMs, nowMs + ASK_AGAIN_MS))) return undefined;
  const shipment = await requireShipment(ground.sql, id);
  if (wantsLabel(shipment)) await buyLabel(desk, ground, shipment);
  else if (shipment.isLabelStray) await returnStrayLabel(desk, ground, shipment);
  return shipment;
}

/** What the carrier scanned of parcels, by their numbers; nothing is known where it does not answer. */
async function track(
  desk: Desk,
  ground: Ground,
  carrier: string,
  parcels: readonly Shipment[],
): Promise<ReadonlyMap<string, readonly Scan[]> | undefined> {
  const patience = parcels.length === 0 ? undefined : patienceOf(desk, ground);
  if (patience === undefined) return undefined;
  const numbers = parcels.map(({ trackingNumber }) => trackingNumber);
  const answer = await desk.carriers.get(carrier)?.track(numbers, patience);
  const tracked = answer?.kind === "answered" ? answer.value : [];
  return new Map(tracked.map(({ trackingNumber, scans }) => [trackingNumber, scans]));
}

function keepScans(desk: Desk, ground: Ground, id: string, scans: readonly Scan[]): Promise<Shipment> {
  return ground.transaction(async (tx) =>
    scans.length === 0
      ? changeShipment(desk, tx, id, (present) => present)
      : scanShipment(desk, tx, await lockShipment(tx, id), scans),
  );
}

function idOf({ id }: Shipment): string {
  return id;
}
