import { type Json, objectAt, textAt } from "../fields.ts";
import { findParcel, type Lane, type Parcel, type Place, type Scan, visibleScans } from "../parcels.ts";
import { dateOf, timeOf } from "./rates.ts";
import { UpsRefusal } from "./refusal.ts";
import { statusOf } from "./scans.ts";
import { findService } from "./services.ts";

const mostNumbers = 100;

/** `trackResponse` of one number. */
export function trackParcel(lane: Lane, trackingNumber: string, nowMs: number): Json {
  const parcel = findParcel(lane, trackingNumber);
  if (parcel === undefined) throw new UpsRefusal(404, "TW0001", "Tracking Information Not Found");
  const scans = visibleScans(lane, trackingNumber, nowMs);
  const delivered = scans.find(({ code }) => code === "FS");
  const latest = scans[0] === undefined ? undefined : statusOf(scans[0].code);
  return {
    trackResponse: {
      shipment: [
        {
          inquiryNumber: trackingNumber,
          package: [
            {
              trackingNumber,
              deliveryDate: [
                delivered === undefined
                  ? { type: "SDD", date: dateOf(parcel.promisedMs) }
                  : { type: "DEL", date: dateOf(delivered.scanMs) },
              ],
              deliveryTime: { type: "EOD", endTime: "" },
              activity: scans.map((scan) => activityOf(parcel, scan)),
              currentStatus: { code: latest?.statusCode ?? "", description: latest?.description ?? "" },
              packageCount: 1,
              service: { code: parcel.serviceType, description: findService(parcel.serviceType)?.name ?? "" },
              weight: {
                unitOfMeasurement: "KGS",
                weight: textAt(objectAt({ parcel }, "parcel", "weight"), "kilograms"),
              },
            },
          ],
        },
      ],
    },
  };
}

/** Subscribes to Track Alert for up to 100 numbers; those that are no UPS numbers are told as invalid. */
export function subscribe(lane: Lane, request: Json): Json {
  const list = request["trackingNumberList"];
  const numbers = Array.isArray(list) ? list.map(String) : [];
  const { credential, url } = objectAt(request, "destination");
  const refuse = (code: string, text: string) =>
    new UpsRefusal(400, code, `${text} The Subscription request has been rejected.`);
  if (textAt(request, "locale") === undefined) throw refuse("VSS300", "Locale is required.");
  if (numbers.length === 0) throw refuse("VSS200", "Tracking Number List is required.");
  if (numbers.length > mostNumbers) throw refuse("VSS220", "You have submitted over 100 1Z numbers.");
  if (typeof url !== "string" || url === "") throw refuse("VSS600", "URL is empty or not present.");
  if (typeof credential !== "string" || credential === "")
    throw refuse("VSS700", "Credential is empty or not present.");
  const isValid = (number: string): boolean => /^1Z[0-9A-Z]{16}$/.test(number);
  for (const number of numbers.filter(isValid)) {
    lane.database.run(
      `INSERT INTO ups_subscriptions (tracking_number, credential) VALUES (?, ?)
       ON CONFLICT (tracking_number) DO UPDATE SET credential = excluded.credential`,
      number,
      credential,
    );
  }
  return {
    validTrackingNumbers: numbers.filter(isValid),
    invalidTrackingNumbers: numbers.filter((number) => !isValid(number)),
  };
}

/** The credential under which somebody asked to be told of a parcel. */
export function credentialOf(lane: Lane, trackingNumber: string): string | undefined {
  return lane.database.first<{ readonly credential: string }>(
    "SELECT credential FROM ups_subscriptions WHERE tracking_number = ?",
    trackingNumber,
  )?.credential;
}

/** What Track Alert posts of one scan. */
export function trackingEvent(parcel: Parcel, { code, scanMs }: Scan): Json {
  const { type, description, statusCode, at } = statusOf(code);
  const place = placeOf(parcel, at);
  const isDelivered = code === "FS";
  return {
    trackingNumber: parcel.trackingNumber,
    localActivityDate: dateOf(scanMs),
    localActivityTime: timeOf(scanMs),
    activityLocation: {
      city: place.city,
      stateProvince: place.stateOrProvinceCode,
      postalCode: isDelivered ? place.postalCode : "",
      country: place.countryCode,
    },
    activityStatus: { type, code, description, descriptionCode: statusCode },
    scheduledDeliveryDate: isDelivered || type === "M" ? "" : dateOf(parcel.promisedMs),
    actualDeliveryDate: isDelivered ? dateOf(scanMs) : "",
    actualDeliveryTime: isDelivered ? timeOf(scanMs) : "",
    gmtActivityDate: dateOf(scanMs),
    gmtActivityTime: timeOf(scanMs),
    deliveryStartTime: "",
    deliveryEndTime: "",
    deliveryTimeDescription: isDelivered ? "" : "end of day",
  };
}

function activityOf(parcel: Parcel, { code, scanMs }: Scan): Json {
  const { type, description, statusCode, at } = statusOf(code);
  const { city, stateOrProvinceCode, postalCode, countryCode } = placeOf(parcel, at);
  return {
    location: {
      address: { city, stateProvince: stateOrProvinceCode, postalCode, countryCode, country: countryCode },
      slic: "8566",
    },
    status: { type, description, code, statusCode },
    date: dateOf(scanMs),
    time: timeOf(scanMs),
    gmtDate: dateOf(scanMs),
    gmtOffset: "+00:00",
    gmtTime: timeOf(scanMs),
  };
}

function placeOf(parcel: Parcel, at: "origin" | "hub" | "destination"): Place {
  if (at === "hub") return { city: "KOELN", stateOrProvinceCode: "", postalCode: "51147", countryCode: "DE" };
  const place = at === "origin" ? parcel.shipper : parcel.recipient;
  return { ...place, city: place.city.toUpperCase() };
}
