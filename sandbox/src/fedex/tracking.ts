import { objectAt, objectsAt, textAt, type Json } from "../fields.ts";
import { findParcel, type Lane, type Parcel, type Place, type Scan, visibleScans } from "../parcels.ts";
import { FedexRefusal } from "./refusal.ts";
import { isScanCode, scanStatuses, type ScanStatus } from "./scans.ts";
import { findService } from "./services.ts";

const mostNumbers = 30;
/** A reference is looked for among the parcels of so long, where the request names no ship dates. */
const REFERENCE_DAYS_MS = 30 * 24 * 3_600_000;

/** `output` of a tracking request for up to 30 numbers; an unknown number gets an error of its own. */
export function trackParcels(lane: Lane, request: Json, nowMs: number): Json {
  const numbers = objectsAt(request, "trackingInfo").map(
    (item) => textAt(item, "trackingNumberInfo", "trackingNumber") ?? "",
  );
  if (numbers.length === 0 || numbers.length > mostNumbers) {
    throw new FedexRefusal(
      400,
      "TRACKING.TRACKINGNUMBER.EMPTY",
      `Between 1 and ${mostNumbers} tracking numbers are required.`,
    );
  }
  return {
    completeTrackResults: numbers.map((trackingNumber) => {
      const parcel = findParcel(lane, trackingNumber);
      const scans = parcel ? visibleScans(lane, trackingNumber, nowMs) : [];
      return trackResult(trackingNumber, parcel, scans);
    }),
  };
}

/** `output` of a request by a shipper's reference: every parcel under it, a cancelled one too; an error in its place where there is none. */
export function trackReference(lane: Lane, request: Json, nowMs: number): Json {
  const asked = objectAt(request, "referencesInformation");
  const value = textAt(asked, "value");
  if (!value) throw new FedexRefusal(400, "TRACKING.REFERENCEVALUE.EMPTY", "The reference is missing.");
  if (!textAt(asked, "accountNumber"))
    throw new FedexRefusal(400, "TRACKING.REFERENCEDATA.INCOMPLETE", "Please enter an account number.");
  const rows = lane.database.all<{ readonly tracking_number: string }>(
    `SELECT tracking_number FROM fedex_references JOIN fedex_parcels USING (tracking_number)
     WHERE value = ? AND type = ? AND made_ms >= ? ORDER BY made_ms, tracking_number`,
    value,
    textAt(asked, "type") ?? "CUSTOMER_REFERENCE",
    nowMs - REFERENCE_DAYS_MS,
  );
  if (rows.length === 0) return { completeTrackResults: [{ trackResults: [referenceNotFound] }] };
  return {
    completeTrackResults: rows.map(({ tracking_number: number }) =>
      trackResult(number, findParcel(lane, number), visibleScans(lane, number, nowMs)),
    ),
  };
}

/** How many labels were made under references that begin so and not cancelled: for tests and proofs. */
export function countByReference(lane: Lane, reference: string): number {
  return lane.database.all(
    `SELECT DISTINCT tracking_number FROM fedex_references JOIN fedex_parcels USING (tracking_number)
     WHERE substr(value, 1, length(?)) = ? AND is_cancelled = 0`,
    reference,
    reference,
  ).length;
}

/** One entry of `completeTrackResults`; the scans are newest first. */
export function trackResult(trackingNumber: string, parcel: Parcel | undefined, scans: readonly Scan[]): Json {
  const [latest] = scans;
  if (!parcel || !latest) return { trackingNumber, trackResults: [notFound(trackingNumber)] };
  const status = statusOf(latest);
  const result = {
    trackingNumberInfo: {
      trackingNumber,
      trackingNumberUniqueId: `sandbox~${trackingNumber}~FDEG`,
      carrierCode: "FDXG",
    },
    additionalTrackingInfo: { nickname: "", packageIdentifiers: [], hasAssociatedShipments: false },
    shipperInformation: { contact: {}, address: parcel.shipper },
    recipientInformation: { contact: {}, address: parcel.recipient },
    latestStatusDetail: {
      code: latest.code,
      derivedCode: status.derivedCode,
      statusByLocale: status.status,
      description: status.description,
      scanLocation: locationOf(parcel, status.at),
    },
    dateAndTimes: datesOf(parcel, scans),
    scanEvents: scans.map((scan) => scanEvent(parcel, scan)),
    serviceDetail: {
      type: parcel.serviceType,
      description: findService(parcel.serviceType)?.name ?? parcel.serviceType,
    },
    packageDetails: { count: "1", weightAndDimensions: { weight: [parcel.weight] } },
    availableNotifications: ["ON_DELIVERY", "ON_EXCEPTION"],
  };
  return { trackingNumber, trackResults: [result] };
}

function scanEvent(parcel: Parcel, scan: Scan): Json {
  const status = statusOf(scan);
  const isException = scan.code === "SE";
  return {
    date: new Date(scan.scanMs).toISOString(),
    eventType: scan.code,
    eventDescription: status.description,
    exceptionCode: isException ? "LOST" : "",
    exceptionDescription: isException ? status.description : "",
    derivedStatusCode: status.derivedCode,
    derivedStatus: status.status,
    scanLocation: locationOf(parcel, status.at),
    locationType: "FEDEX_FACILITY",
  };
}

function datesOf(parcel: Parcel, scans: readonly Scan[]): readonly Json[] {
  const delivered = scans.find((scan) => scan.code === "DL");
  const pickedUp = scans.find((scan) => scan.code === "PU");
  return [
    ...(delivered ? [{ type: "ACTUAL_DELIVERY", dateTime: new Date(delivered.scanMs).toISOString() }] : []),
    ...(pickedUp ? [{ type: "ACTUAL_PICKUP", dateTime: new Date(pickedUp.scanMs).toISOString() }] : []),
    { type: "ESTIMATED_DELIVERY", dateTime: new Date(parcel.promisedMs).toISOString() },
    { type: "SHIP", dateTime: new Date(parcel.madeMs).toISOString() },
  ];
}

function locationOf(parcel: Parcel, at: "origin" | "hub" | "destination"): Json {
  if (at === "hub") return { city: "MEMPHIS", stateOrProvinceCode: "TN", countryCode: "US" };
  const { city, stateOrProvinceCode, countryCode }: Place = at === "origin" ? parcel.shipper : parcel.recipient;
  return { city: city.toUpperCase(), stateOrProvinceCode, countryCode };
}

function notFound(trackingNumber: string): Json {
  return {
    trackingNumberInfo: { trackingNumber, trackingNumberUniqueId: "", carrierCode: "" },
    error: {
      code: "TRACKING.TRACKINGNUMBER.NOTFOUND",
      message: "Tracking number cannot be found. Please correct the tracking number and try again.",
    },
  };
}

const referenceNotFound: Json = {
  error: {
    code: "TRACKING.REFERENCENUMBER.NOTFOUND",
    message: "Reference number cannot be found. Please correct the reference number and try again.",
  },
};

function statusOf({ code }: Scan): ScanStatus {
  if (!isScanCode(code)) throw new Error(`FedEx has no scan ${code}`);
  return scanStatuses[code];
}
