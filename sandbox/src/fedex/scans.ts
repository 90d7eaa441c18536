import type { Database } from "../database.ts";
import { type Lane, usualHours } from "../parcels.ts";
import { findService } from "./services.ts";

/** What FedEx shows of one step of a parcel's way. */
export type ScanCode = "OC" | "PU" | "AR" | "DP" | "IT" | "OD" | "DL" | "SE" | "CA";

export type ScanStatus = {
  readonly derivedCode: string;
  readonly status: string;
  readonly description: string;
  readonly at: "origin" | "hub" | "destination";
};

export const scanStatuses: Readonly<Record<ScanCode, ScanStatus>> = {
  OC: {
    derivedCode: "IN",
    status: "Initiated",
    description: "Shipment information sent to FedEx",
    at: "origin",
  },
  PU: { derivedCode: "PU", status: "Picked up", description: "Picked up", at: "origin" },
  AR: {
    derivedCode: "IT",
    status: "In transit",
    description: "Arrived at FedEx location",
    at: "hub",
  },
  DP: {
    derivedCode: "IT",
    status: "In transit",
    description: "Left FedEx origin facility",
    at: "origin",
  },
  IT: { derivedCode: "IT", status: "In transit", description: "On the way", at: "hub" },
  OD: {
    derivedCode: "OD",
    status: "Out for delivery",
    description: "On FedEx vehicle for delivery",
    at: "destination",
  },
  DL: { derivedCode: "DL", status: "Delivered", description: "Delivered", at: "destination" },
  SE: {
    derivedCode: "SE",
    status: "Exception",
    description: "Shipment exception: the package is lost, a trace was opened",
    at: "hub",
  },
  CA: {
    derivedCode: "CA",
    status: "Cancelled",
    description: "Shipment cancelled by sender",
    at: "origin",
  },
};

/** Where a code stands on a parcel's way; a parcel has each at most once. */
const scanPositions: Readonly<Record<ScanCode, number>> = {
  OC: 0,
  PU: 1,
  DP: 2,
  AR: 3,
  IT: 4,
  SE: 5,
  OD: 6,
  DL: 7,
  CA: 8,
};

const usualWay: Lane["usualWay"] = [
  { code: "OC", hours: 0 },
  { code: "PU", hours: 4 },
  { code: "DP", hours: 8 },
  { code: "AR", hours: 22 },
  { code: "IT", hours: 30 },
  { code: "OD", hours: 44 },
  { code: "DL", hours: 48 },
];

/** FedEx's parcels. */
export function fedexLane(database: Database): Lane {
  return {
    database,
    provider: "fedex",
    usualWay,
    hub: { code: "AR", lateHours: 20 },
    positions: scanPositions,
    codes: { lost: "SE", cancelled: "CA", delivered: "DL" },
    hoursOf: (serviceType) => findService(serviceType)?.hours ?? usualHours,
  };
}

export function isScanCode(code: string): code is ScanCode {
  return code in scanStatuses;
}
