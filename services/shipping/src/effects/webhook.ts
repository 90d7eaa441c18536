import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { DomainError } from "@shopmesh/kernel";
import type { Tracked } from "../carrier.ts";
import type { CarrierName } from "../rate.ts";
import { keepEvent } from "../store/scans.ts";
import { lockByNumbers } from "../store/shipments.ts";
import { type Desk, type Ground, scanShipment } from "./change.ts";
import { readTracked } from "./fedex-words.ts";
import { readEvent, type TrackingEvent } from "./ups-words.ts";

/** A carrier's report, its sender checked. */
export type CarrierEvent = { readonly carrier: CarrierName; readonly id: string; readonly tracked: readonly Tracked[] };

/** Neither signs a time: a report whose newest scan is older than this is a replay, or of no use to anybody. */
const MAX_AGE_MS = 30 * 24 * 3_600_000;

/** Reads a report. Throws SIGNATURE_INVALID, EVENT_MALFORMED, EVENT_TOO_OLD (by the mesh's clock). */
export function readFedexEvent(
  secret: string,
  { body, signature, nowMs }: { readonly body: Uint8Array; readonly signature: string; readonly nowMs: number },
): CarrierEvent {
  const expected = createHmac("sha256", secret).update(body).digest();
  const given = Buffer.from(signature, "hex");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new DomainError("denied", "SIGNATURE_INVALID");
  }
  const { eventId, output } = parse(body);
  if (typeof eventId !== "string" || eventId === "" || eventId.length > 128) {
    throw new DomainError("invalid", "EVENT_MALFORMED", { field: "eventId" });
  }
  const tracked = readTracked(output);
  refuseOld(tracked, nowMs);
  return { carrier: "fedex", id: eventId, tracked };
}

/**
 * Reads a report of UPS's Track Alert, which has no id and no signature, only the credential that it was subscribed with. Throws
 * SIGNATURE_INVALID, EVENT_MALFORMED, EVENT_TOO_OLD (by the mesh's clock).
 */
export function readUpsEvent(
  credential: string,
  { body, shown, nowMs }: { readonly body: Uint8Array; readonly shown: string; readonly nowMs: number },
): CarrierEvent {
  const [expected, given] = [credential, shown].map((text) => createHash("sha256").update(text).digest());
  if (expected === undefined || given === undefined || !timingSafeEqual(given, expected)) {
    throw new DomainError("denied", "SIGNATURE_INVALID");
  }
  const event = parse(body) as TrackingEvent;
  const tracked = readEvent(event);
  if (tracked === undefined) throw new DomainError("invalid", "EVENT_MALFORMED", { field: "trackingNumber" });
  refuseOld([tracked], nowMs);
  const said = JSON.stringify([tracked, event.activityStatus]);
  return { carrier: "ups", id: `ups/${createHash("sha256").update(said).digest("hex")}`, tracked: [tracked] };
}

function refuseOld(tracked: readonly Tracked[], nowMs: number): void {
  const newest = Math.max(...tracked.flatMap(({ scans }) => scans).map(({ timeMs }) => timeMs));
  if (Number.isFinite(newest) && nowMs - newest > MAX_AGE_MS) {
    throw new DomainError("denied", "EVENT_TOO_OLD", { max_age_ms: String(MAX_AGE_MS) });
  }
}

/** Takes a report in, once by its id; parcels that nobody knows here, or as another carrier's, are left alone. */
export async function takeEvent(desk: Desk, { transaction }: Ground, event: CarrierEvent): Promise<void> {
  await transaction(async (tx) => {
    if (!(await keepEvent(tx, event.id, desk.clock()))) return;
    const shipments = await lockByNumbers(
      tx,
      event.tracked.map(({ trackingNumber }) => trackingNumber),
    );
    for (const shipment of shipments) {
      if (shipment.carrier !== event.carrier) continue;
      const scans = event.tracked.filter((parcel) => parcel.trackingNumber === shipment.trackingNumber);
      await scanShipment(
        desk,
        tx,
        shipment,
        scans.flatMap((parcel) => parcel.scans),
      );
    }
  });
}

function parse(body: Uint8Array): { readonly eventId?: unknown; readonly output?: unknown } {
  try {
    return (JSON.parse(Buffer.from(body).toString("utf8")) ?? {}) as { readonly eventId?: unknown };
  } catch (error) {
    if (error instanceof SyntaxError) throw new DomainError("invalid", "EVENT_MALFORMED", { field: "body" });
    throw error;
  }
}
