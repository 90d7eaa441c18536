import type { DueWork } from "./agenda.ts";
import type { Database } from "./database.ts";

/** Where a parcel comes from and goes to. */
export type Place = {
  readonly postalCode: string;
  readonly countryCode: string;
  readonly city: string;
  readonly stateOrProvinceCode: string;
};

/** `lost`: never seen again after the hub. `late`: one scan is told long after the ones that followed it. */
export type ParcelFate = "normal" | "lost" | "late";

/** A step of a parcel's way, and how many virtual hours after the label was made it happens. */
type Step = { readonly code: string; readonly hours: number };

export type PlannedScan = Step & {
  /** How many hours later than that the carrier tells about it. */
  readonly lateHours: number;
};

/** The parcels of one carrier, and how it tells of them. */
export type Lane = {
  readonly database: Database;
  /** Names its tables. */
  readonly provider: "fedex" | "ups";
  /** The way of a parcel that takes `usualHours`; other services stretch or shorten it. */
  readonly usualWay: readonly Step[];
  /** The scan after which nobody sees a lost parcel, and which of a late one is told so many hours late. */
  readonly hub: { readonly code: string; readonly lateHours: number };
  /** Where a code stands on a parcel's way; a parcel has each at most once. */
  readonly positions: Readonly<Record<string, number>>;
  /** What it says of a parcel that is lost, of one given back before its pickup, and of one that arrived. */
  readonly codes: { readonly lost: string; readonly cancelled: string; readonly delivered: string };
  /** From label to door, in virtual hours. */
  readonly hoursOf: (serviceType: string) => number;
};

export type Parcel = {
  readonly trackingNumber: string;
  readonly masterTrackingNumber: string;
  readonly serviceType: string;
  readonly shipper: Place;
  readonly recipient: Place;
  readonly weight: unknown;
  readonly madeMs: number;
  /** When it should be at the door, in virtual milliseconds. */
  readonly promisedMs: number;
  readonly isCancelled: boolean;
};

export type Scan = { readonly position: number; readonly code: string; readonly scanMs: number };

/** How long the service takes from label to door, and what becomes of the parcel. */
export type Way = { readonly hours: number; readonly fate: ParcelFate };

type ParcelRow = {
  readonly tracking_number: string;
  readonly master_tracking_number: string;
  readonly service_type: string;
  readonly shipper: string;
  readonly recipient: string;
  readonly weight: string;
  readonly made_ms: number;
  readonly promised_ms: number;
  readonly is_cancelled: 0 | 1;
};

type ScanRow = {
  readonly tracking_number: string;
  readonly position: number;
  readonly code: string;
  readonly scan_ms: number;
};

const hourMs = 3_600_000;
export const usualHours = 48;
const LOST_AFTER_HOURS = 40;

/** Adds the parcel with all the scans that are to come. */
export function addParcel(lane: Lane, parcel: Omit<Parcel, "isCancelled" | "promisedMs">, way: Way): void {
  lane.database.run(
    `INSERT INTO ${lane.provider}_parcels (tracking_number, master_tracking_number, service_type, shipper, recipient, weight,
       made_ms, promised_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    parcel.trackingNumber,
    parcel.masterTrackingNumber,
    parcel.serviceType,
    JSON.stringify(parcel.shipper),
    JSON.stringify(parcel.recipient),
    JSON.stringify(parcel.weight ?? null),
    parcel.madeMs,
    parcel.madeMs + way.hours * hourMs,
  );
  addScans(lane, parcel, way, parcel.madeMs);
}

export function findParcel(lane: Lane, trackingNumber: string): Parcel | undefined {
  const row = lane.database.first<ParcelRow>(
    `SELECT * FROM ${lane.provider}_parcels WHERE tracking_number = ?`,
    trackingNumber,
  );
  return row && toParcel(row);
}

/** All parcels of the shipment that this tracking number belongs to. */
export function parcelsOfShipment(lane: Lane, trackingNumber: string): readonly Parcel[] {
  const sql = `SELECT * FROM ${lane.provider}_parcels WHERE master_tracking_number =
    (SELECT master_tracking_number FROM ${lane.provider}_parcels WHERE tracking_number = ?) ORDER BY tracking_number`;
  return lane.database.all<ParcelRow>(sql, trackingNumber).map(toParcel);
}

/** What the carrier tells of the parcel by now, newest scan first. */
export function visibleScans(lane: Lane, trackingNumber: string, nowMs: number): readonly Scan[] {
  const sql = `SELECT * FROM ${lane.provider}_scans WHERE tracking_number = ? AND visible_ms <= ?
    ORDER BY scan_ms DESC, position DESC`;
  return lane.database.all<ScanRow>(sql, trackingNumber, nowMs).map(toScan);
}

export function cancelParcel(lane: Lane, trackingNumber: string, nowMs: number): void {
  lane.database.run(`UPDATE ${lane.provider}_parcels SET is_cancelled = 1 WHERE tracking_number = ?`, trackingNumber);
  lane.database.run(
    `DELETE FROM ${lane.provider}_scans WHERE tracking_number = ? AND visible_ms > ?`,
    trackingNumber,
    nowMs,
  );
  insertScan(lane, trackingNumber, { code: lane.codes.cancelled, scanMs: nowMs, visibleMs: nowMs });
}

/** Gives the scans that are still to be made another fate. */
export function changeParcelFate(lane: Lane, parcel: Parcel, way: Way, nowMs: number): void {
  lane.database.run(
    `DELETE FROM ${lane.provider}_scans WHERE tracking_number = ? AND scan_ms > ?`,
    parcel.trackingNumber,
    nowMs,
  );
  addScans(lane, parcel, way, nowMs + 1);
}

/** Tells every scan once, in a transaction of its own, when it falls due. */
export function announcements(lane: Lane, announce: (parcel: Parcel, scan: Scan) => void): DueWork {
  const due = `FROM ${lane.provider}_scans WHERE is_announced = 0`;
  const tell = (row: ScanRow): void => {
    const parcel = findParcel(lane, row.tracking_number);
    if (!parcel) throw new Error(`the scan of ${row.tracking_number} has no parcel`);
    lane.database.run(
      `UPDATE ${lane.provider}_scans SET is_announced = 1 WHERE tracking_number = ? AND position = ?`,
      row.tracking_number,
      row.position,
    );
    announce(parcel, toScan(row));
  };
  return {
    runDue(nowMs) {
      const rows = lane.database.all<ScanRow>(
        `SELECT * ${due} AND visible_ms <= ? ORDER BY visible_ms, position`,
        nowMs,
      );
      for (const row of rows) lane.database.transaction(() => tell(row));
    },
    nextDueMs: () =>
      lane.database.first<{ readonly at: number | null }>(`SELECT MIN(visible_ms) AS at ${due}`)?.at ?? undefined,
  };
}

function addScans(lane: Lane, parcel: Pick<Parcel, "trackingNumber" | "madeMs">, way: Way, fromMs: number): void {
  for (const { code, hours, lateHours } of planScans(lane, way)) {
    const plannedMs = parcel.madeMs + Math.round(hours * hourMs);
    // That a parcel is lost can be decided at any time; the other scans of the past have been made or not.
    const scanMs = code === lane.codes.lost ? Math.max(plannedMs, fromMs) : plannedMs;
    if (scanMs < fromMs) continue;
    insertScan(lane, parcel.trackingNumber, {
      code,
      scanMs,
      visibleMs: scanMs + Math.round(lateHours * hourMs),
    });
  }
}

function planScans({ usualWay, hub, codes }: Lane, { hours, fate }: Way): readonly PlannedScan[] {
  const seen = usualWay.findIndex(({ code }) => code === hub.code) + 1;
  const steps =
    fate === "lost" ? [...usualWay.slice(0, seen), { code: codes.lost, hours: LOST_AFTER_HOURS }] : usualWay;
  const pace = hours / usualHours;
  return steps.map((step) => ({
    code: step.code,
    hours: step.hours * pace,
    lateHours: fate === "late" && step.code === hub.code ? hub.lateHours * pace : 0,
  }));
}

function insertScan(
  lane: Lane,
  trackingNumber: string,
  { code, scanMs, visibleMs }: { readonly code: string; readonly scanMs: number; readonly visibleMs: number },
): void {
  lane.database.run(
    `INSERT OR IGNORE INTO ${lane.provider}_scans (tracking_number, position, code, scan_ms, visible_ms) VALUES (?, ?, ?, ?, ?)`,
    trackingNumber,
    lane.positions[code] ?? 0,
    code,
    scanMs,
    visibleMs,
  );
}

function toParcel(row: ParcelRow): Parcel {
  return {
    trackingNumber: row.tracking_number,
    masterTrackingNumber: row.master_tracking_number,
    serviceType: row.service_type,
    shipper: JSON.parse(row.shipper),
    recipient: JSON.parse(row.recipient),
    weight: JSON.parse(row.weight),
    madeMs: row.made_ms,
    promisedMs: row.promised_ms,
    isCancelled: row.is_cancelled === 1,
  };
}

function toScan(row: ScanRow): Scan {
  return { position: row.position, code: row.code, scanMs: row.scan_ms };
}
