import type { Database } from "../database.ts";
import type { Lane, ParcelFate, PlannedScan } from "../parcels.ts";
import { findService } from "./services.ts";

/** What UPS shows of one step of a parcel's way: its status code. */
export type ScanCode = "MP" | "OR" | "DP" | "AR" | "YP" | "OT" | "FS" | "LX" | "VM";

export type ScanStatus = {
  /** M manifest, I in progress, D delivery, X exception, MV manifest voided. */
  readonly type: "M" | "I" | "D" | "X" | "MV";
  readonly description: string;
  /** The simplified status, a number of three digits. */
  readonly statusCode: string;
  readonly at: "origin" | "hub" | "destination";
};

export const scanStatuses: Readonly<Record<ScanCode, ScanStatus>> = {
  MP: { type: "M", description: "Shipment Ready for UPS", statusCode: "003", at: "origin" },
  OR: { type: "I", description: "Origin Scan", statusCode: "005", at: "origin" },
  DP: { type: "I", description: "Departed from Facility", statusCode: "005", at: "origin" },
  AR: { type: "I", description: "Arrived at Facility", statusCode: "005", at: "hub" },
  YP: { type: "I", description: "Preparing for Delivery", statusCode: "071", at: "destination" },
  OT: { type: "I", description: "Out for Delivery", statusCode: "021", at: "destination" },
  FS: { type: "D", description: "Delivered", statusCode: "011", at: "destination" },
  LX: {
    type: "X",
    description: "The package is lost. An investigation was opened.",
    statusCode: "013",
    at: "hub",
  },
  VM: { type: "MV", description: "Shipment Voided", statusCode: "042", at: "origin" },
};

/** The way of a parcel that takes two days; other services stretch or shorten it. */
const usualWay: readonly PlannedScan[] = [
  { code: "MP", hours: 0, lateHours: 0 },
  { code: "OR", hours: 5, lateHours: 0 },
  { code: "DP", hours: 9, lateHours: 0 },
  { code: "AR", hours: 20, lateHours: 0 },
  { code: "YP", hours: 40, lateHours: 0 },
  { code: "OT", hours: 43, lateHours: 0 },
  { code: "FS", hours: 48, lateHours: 0 },
];
const usualHours = 48;
const lateHours = 22;

/** UPS's parcels. */
export function upsLane(database: Database): Lane {
  return {
    database,
    provider: "ups",
    plan,
    positions: { MP: 0, OR: 1, DP: 2, AR: 3, LX: 4, YP: 5, OT: 6, FS: 7, VM: 8 } satisfies Record<ScanCode, number>,
    codes: { lost: "LX", cancelled: "VM", delivered: "FS" },
    hoursOf: (code) => findService(code)?.hours ?? usualHours,
  };
}

/** What UPS says of a scan. */
export function statusOf(code: string): ScanStatus {
  const [found] = Object.entries(scanStatuses).flatMap(([known, status]) => (known === code ? [status] : []));
  if (found === undefined) throw new Error(`UPS has no scan ${code}`);
  return found;
}

function plan(hours: number, fate: ParcelFate): readonly PlannedScan[] {
  const way = fate === "lost" ? [...usualWay.slice(0, 4), { code: "LX", hours: 40, lateHours: 0 }] : usualWay;
  return way.map((scan) => ({
    code: scan.code,
    hours: (scan.hours * hours) / usualHours,
    lateHours: fate === "late" && scan.code === "AR" ? (lateHours * hours) / usualHours : 0,
  }));
}
