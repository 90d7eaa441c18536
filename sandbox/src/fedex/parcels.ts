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

export type Parcels = {
  readonly add: (
    parcel: Omit<Parcel, "isCancelled" | "promisedMs">,
    way: { readonly hours: number; readonly fate: ParcelFate },
  ) => void;
  readonly find: (trackingNumber: string) => Parcel | undefined;
  /** All parcels of the shipment that this tracking number belongs to. */
  readonly shipmentOf: (trackingNumber: string) => readonly Parcel[];
  /** What FedEx tells of the parcel by now, newest scan first. */
  readonly scansBy: (trackingNumber: string, nowMs: number) => readonly Scan[];
  readonly cancel: (trackingNumber: string, nowMs: number) => void;
  /** Gives the scans that FedEx has not told yet another fate. */
  readonly changeFate: (
    parcel: Parcel,
    way: { readonly hours: number; readonly fate: ParcelFate },
    nowMs: number,
  ) => void;
  /** Tells every scan once, when it falls due. */
  readonly announcements: (announce: (parcel: Parcel, scan: Scan) => void) => DueWork;
};

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

export function createParcels(database: Database): Parcels {
  function addScans(
    trackingNumber: string,
    madeMs: number,
    way: { readonly hours: number; readonly fate: ParcelFate },
    fromMs: number,
  ): void {
    for (const { code, hours, lateHours } of planScans(way.hours, way.fate)) {
      const plannedMs = madeMs + Math.round(hours * hourMs);
      // That a parcel is lost can be decided at any time; the other scans of the past have been made or not.
      const scanMs = code === "SE" ? Math.max(plannedMs, fromMs) : plannedMs;
      if (scanMs < fromMs) continue;
      insertScan(
        trackingNumber,
        { position: scanPositions[code], code, scanMs },
        scanMs + Math.round(lateHours * hourMs),
      );
    }
  }

  function insertScan(trackingNumber: string, scan: Scan, visibleMs: number): void {
    database.run(
      "INSERT OR IGNORE INTO fedex_scans (tracking_number, position, code, scan_ms, visible_ms) VALUES (?, ?, ?, ?, ?)",
      trackingNumber,
      scan.position,
      scan.code,
      scan.scanMs,
      visibleMs,
    );
  }

  function find(trackingNumber: string): Parcel | undefined {
    const row = database.first<ParcelRow>("SELECT * FROM fedex_parcels WHERE tracking_number = ?", trackingNumber);
    return row && toParcel(row);
  }

  return {
    add(parcel, way) {
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
      addScans(parcel.trackingNumber, parcel.madeMs, way, parcel.madeMs);
    },
    find,
    shipmentOf(trackingNumber) {
      return database
        .all<ParcelRow>(
          `SELECT * FROM fedex_parcels WHERE master_tracking_number =
             (SELECT master_tracking_number FROM fedex_parcels WHERE tracking_number = ?) ORDER BY tracking_number`,
          trackingNumber,
        )
        .map(toParcel);
    },
    scansBy: (trackingNumber, nowMs) =>
      database
        .all<ScanRow>(
          "SELECT * FROM fedex_scans WHERE tracking_number = ? AND visible_ms <= ? ORDER BY scan_ms DESC, position DESC",
          trackingNumber,
          nowMs,
        )
        .map(toScan),
    cancel(trackingNumber, nowMs) {
      database.run("UPDATE fedex_parcels SET is_cancelled = 1 WHERE tracking_number = ?", trackingNumber);
      database.run("DELETE FROM fedex_scans WHERE tracking_number = ? AND visible_ms > ?", trackingNumber, nowMs);
      insertScan(trackingNumber, { position: scanPositions.CA, code: "CA", scanMs: nowMs }, nowMs);
    },
    changeFate(parcel, way, nowMs) {
      database.run("DELETE FROM fedex_scans WHERE tracking_number = ? AND scan_ms > ?", parcel.trackingNumber, nowMs);
      addScans(parcel.trackingNumber, parcel.madeMs, way, nowMs + 1);
    },
    announcements(announce) {
      return {
        runDue(nowMs) {
          const due = database.all<ScanRow>(
            "SELECT * FROM fedex_scans WHERE is_announced = 0 AND visible_ms <= ? ORDER BY visible_ms, position",
            nowMs,
          );
          for (const row of due) {
            database.transaction(() => {
              const parcel = find(row.tracking_number);
              if (!parcel) throw new Error(`the scan of ${row.tracking_number} has no parcel`);
              database.run(
                "UPDATE fedex_scans SET is_announced = 1 WHERE tracking_number = ? AND position = ?",
                row.tracking_number,
                row.position,
              );
              announce(parcel, toScan(row));
            });
          }
        },
        nextDueMs: () =>
          database.first<{ readonly due: number | null }>(
            "SELECT MIN(visible_ms) AS due FROM fedex_scans WHERE is_announced = 0",
          )?.due ?? undefined,
      };
    },
  };
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
