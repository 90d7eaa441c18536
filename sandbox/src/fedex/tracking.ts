import { objectsAt, textAt, type Json } from "../fields.ts";
import { findParcel, type Lane, type Parcel, type Place, type Scan, visibleScans } from "../parcels.ts";
import { FedexRefusal } from "./refusal.ts";
import { isScanCode, scanStatuses, type ScanStatus } from "./scans.ts";
import { findService } from "./services.ts";

const mostNumbers = 30;

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

function statusOf({ code }: Scan): ScanStatus {
  if (!isScanCode(code)) throw new Error(`FedEx has no scan ${code}`);
  return scanStatuses[code];
}
