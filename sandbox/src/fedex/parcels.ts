import type { DueWork } from "../agenda.ts";
import type { Database } from "../database.ts";
import type { Address } from "./rates.ts";
import { planScans, scanPositions, type ParcelFate, type ScanCode } from "./scans.ts";

export type Parcel = {
  readonly trackingNumber: string;
  readonly masterTrackingNumber: string;
  readonly serviceType: string;
  readonly shipper: Address;
  readonly recipient: Address;
  readonly weight: unknown;
  readonly madeMs: number;
  /** When it should be at the door, in virtual milliseconds. */
  readonly promisedMs: number;
  readonly isCancelled: boolean;
};

export type Scan = { readonly position: number; readonly code: ScanCode; readonly scanMs: number };

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
  readonly code: ScanCode;
  readonly scan_ms: number;
};

const hourMs = 3_600_000;

/** Adds the parcel with all the scans that are to come. */
export function addParcel(database: Database, parcel: Omit<Parcel, "isCancelled" | "promisedMs">, way: Way): void {
  database.run(
    `INSERT INTO fedex_parcels (tracking_number, master_tracking_number, service_type, shipper, recipient, weight,
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
  addScans(database, parcel, way, parcel.madeMs);
}

export function findParcel(database: Database, trackingNumber: string): Parcel | undefined {
  const row = database.first<ParcelRow>("SELECT * FROM fedex_parcels WHERE tracking_number = ?", trackingNumber);
  return row && toParcel(row);
}

/** All parcels of the shipment that this tracking number belongs to. */
export function parcelsOfShipment(database: Database, trackingNumber: string): readonly Parcel[] {
  const sql = `SELECT * FROM fedex_parcels WHERE master_tracking_number =
    (SELECT master_tracking_number FROM fedex_parcels WHERE tracking_number = ?) ORDER BY tracking_number`;
  return database.all<ParcelRow>(sql, trackingNumber).map(toParcel);
}

/** What FedEx tells of the parcel by now, newest scan first. */
export function visibleScans(database: Database, trackingNumber: string, nowMs: number): readonly Scan[] {
  const sql = `SELECT * FROM fedex_scans WHERE tracking_number = ? AND visible_ms <= ?
    ORDER BY scan_ms DESC, position DESC`;
  return database.all<ScanRow>(sql, trackingNumber, nowMs).map(toScan);
}

export function cancelParcel(database: Database, trackingNumber: string, nowMs: number): void {
  database.run("UPDATE fedex_parcels SET is_cancelled = 1 WHERE tracking_number = ?", trackingNumber);
  database.run("DELETE FROM fedex_scans WHERE tracking_number = ? AND visible_ms > ?", trackingNumber, nowMs);
  insertScan(database, trackingNumber, { code: "CA", scanMs: nowMs, visibleMs: nowMs });
}

/** Gives the scans that are still to be made another fate. */
export function changeParcelFate(database: Database, parcel: Parcel, way: Way, nowMs: number): void {
  database.run("DELETE FROM fedex_scans WHERE tracking_number = ? AND scan_ms > ?", parcel.trackingNumber, nowMs);
  addScans(database, parcel, way, nowMs + 1);
}

/** Tells every scan once, in a transaction of its own, when it falls due. */
export function announcements(database: Database, announce: (parcel: Parcel, scan: Scan) => void): DueWork {
  const due = "FROM fedex_scans WHERE is_announced = 0";
  const tell = (row: ScanRow): void => {
    const parcel = findParcel(database, row.tracking_number);
    if (!parcel) throw new Error(`the scan of ${row.tracking_number} has no parcel`);
    database.run(
      "UPDATE fedex_scans SET is_announced = 1 WHERE tracking_number = ? AND position = ?",
      row.tracking_number,
      row.position,
    );
    announce(parcel, toScan(row));
  };
  return {
    runDue(nowMs) {
      const rows = database.all<ScanRow>(`SELECT * ${due} AND visible_ms <= ? ORDER BY visible_ms, position`, nowMs);
      for (const row of rows) database.transaction(() => tell(row));
    },
    nextDueMs: () =>
      database.first<{ readonly at: number | null }>(`SELECT MIN(visible_ms) AS at ${due}`)?.at ?? undefined,
  };
}

function addScans(
  database: Database,
  parcel: Pick<Parcel, "trackingNumber" | "madeMs">,
  way: Way,
  fromMs: number,
): void {
  for (const { code, hours, lateHours } of planScans(way.hours, way.fate)) {
    const plannedMs = parcel.madeMs + Math.round(hours * hourMs);
    // That a parcel is lost can be decided at any time; the other scans of the past have been made or not.
    const scanMs = code === "SE" ? Math.max(plannedMs, fromMs) : plannedMs;
    if (scanMs < fromMs) continue;
    insertScan(database, parcel.trackingNumber, {
      code,
      scanMs,
      visibleMs: scanMs + Math.round(lateHours * hourMs),
    });
  }
}

function insertScan(
  database: Database,
  trackingNumber: string,
  { code, scanMs, visibleMs }: { readonly code: ScanCode; readonly scanMs: number; readonly visibleMs: number },
): void {
  database.run(
    "INSERT OR IGNORE INTO fedex_scans (tracking_number, position, code, scan_ms, visible_ms) VALUES (?, ?, ?, ?, ?)",
    trackingNumber,
    scanPositions[code],
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
