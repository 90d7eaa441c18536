import { isFinal } from "../scan.ts";
import { type Shipment, wantsLabel } from "../shipment.ts";
import { sweepEvents } from "../store/scans.ts";
import { findDue } from "../store/shipments.ts";
import { changeShipment, type Desk, type Ground, patienceOf, scanShipment } from "./change.ts";
import { buyLabel, returnStrayLabel } from "./labels.ts";

/** As many as FedEx tracks by one question. */
const BATCH = 30;
const EVENTS_KEPT_MS = 30 * 24 * 3_600_000;
const SWEEP_BATCH = 1_000;

/** Asks carriers about all that is due: labels not bought yet or not wanted any more, and parcels nobody has told of. */
export async function workOffDue(desk: Desk, ground: Ground): Promise<void> {
  const nowMs = desk.clock();
  const due = await findDue(ground.sql, nowMs, BATCH);
  for (const shipment of due) {
    if (wantsLabel(shipment)) await buyLabel(desk, ground, shipment);
    else if (shipment.isLabelStray) await returnStrayLabel(desk, ground, shipment);
  }
  await poll(
    desk,
    ground,
    due.filter((shipment) => shipment.trackingNumber !== "" && !isFinal(shipment.state)),
  );
  await sweepEvents(ground.sql, nowMs - EVENTS_KEPT_MS, SWEEP_BATCH);
}

async function poll(desk: Desk, ground: Ground, shipments: readonly Shipment[]): Promise<void> {
  if (shipments.length === 0) return;
  const patience = patienceOf(desk, ground);
  if (patience === undefined) return;
  const answer = await desk.carrier.track(
    shipments.map(({ trackingNumber }) => trackingNumber),
    patience,
  );
  const tracked = answer.kind === "answered" ? answer.value : [];
  for (const { id, trackingNumber } of shipments) {
    const scans = tracked.find((candidate) => candidate.trackingNumber === trackingNumber)?.scans ?? [];
    await ground.transaction((tx) =>
      scans.length === 0 ? changeShipment(desk, tx, id, (present) => present) : scanShipment(desk, tx, id, scans),
    );
  }
}
