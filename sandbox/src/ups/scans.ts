import type { Database } from "../database.ts";
import { type Lane, usualHours } from "../parcels.ts";
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

const usualWay: Lane["usualWay"] = [
  { code: "MP", hours: 0 },
  { code: "OR", hours: 5 },
  { code: "DP", hours: 9 },
  { code: "AR", hours: 20 },
  { code: "YP", hours: 40 },
  { code: "OT", hours: 43 },
  { code: "FS", hours: 48 },
];

/** UPS's parcels. */
export function upsLane(database: Database): Lane {
  return {
    database,
    provider: "ups",
    usualWay,
    hub: { code: "AR", lateHours: 22 },
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
