import { randomInt } from "node:crypto";
import { type Json, objectAt, objectsAt, textAt } from "../fields.ts";
import { pngLabel } from "../label.ts";
import { addParcel, cancelParcel, findParcel, type Lane, type ParcelFate, visibleScans } from "../parcels.ts";
import { chargeOf, readConsignment, servicesBetween, success } from "./rates.ts";
import { UpsRefusal } from "./refusal.ts";

type LabelRow = { readonly tracking_number: string; readonly label: string };

/** `ShipmentResponse`: a label and a tracking number. UPS knows no idempotency key: asked twice, it ships twice. */
export function makeShipment(
  lane: Lane,
  request: Json,
  how: { readonly nowMs: number; readonly fate: ParcelFate },
): Json {
  const shipment = objectAt(request, "ShipmentRequest", "Shipment");
  const consignment = readConsignment(shipment);
  const code = textAt(shipment, "Service", "Code") ?? "";
  const [service] = servicesBetween(consignment, code);
  if (service === undefined) throw new UpsRefusal(400, "120100", "Missing or invalid service code");
  const trackingNumber = newTrackingNumber(textAt(shipment, "Shipper", "ShipperNumber") ?? "", code);
  const label = pngLabel(trackingNumber).toString("base64");
  const { from, to, kilograms, currency } = consignment;
  const parcel = {
    trackingNumber,
    masterTrackingNumber: trackingNumber,
    serviceType: code,
    shipper: from,
    recipient: to,
    weight: { kilograms },
    madeMs: how.nowMs,
  };
  addParcel(lane, parcel, { hours: service.hours, fate: how.fate });
  lane.database.run(
    "INSERT INTO ups_labels (tracking_number, reference, label) VALUES (?, ?, ?)",
    trackingNumber,
    referenceOf(shipment),
    label,
  );
  const charges = { CurrencyCode: currency, MonetaryValue: chargeOf(service, consignment) };
  return {
    ShipmentResponse: {
      Response: success(request, "ShipmentRequest"),
      ShipmentResults: {
        ShipmentCharges: { TransportationCharges: charges, TotalCharges: charges },
        BillingWeight: { UnitOfMeasurement: { Code: "KGS" }, Weight: kilograms.toFixed(1) },
        ShipmentIdentificationNumber: trackingNumber,
        PackageResults: [
          {
            TrackingNumber: trackingNumber,
            ShippingLabel: { ImageFormat: { Code: "PNG", Description: "PNG" }, GraphicImage: label },
          },
        ],
      },
    },
  };
}

/** `LabelRecoveryResponse`: the label of a tracking number, or of the shipper's own reference; not that of a voided one. */
export function recoverLabel(lane: Lane, request: Json): Json {
  const asked = objectAt(request, "LabelRecoveryRequest");
  const number = textAt(asked, "TrackingNumber");
  const reference = textAt(asked, "ReferenceValues", "ReferenceNumber", "Value") ?? "";
  const row =
    number === undefined
      ? lane.database.first<LabelRow>(
          `SELECT ups_labels.* FROM ups_labels JOIN ups_parcels USING (tracking_number)
           WHERE reference = ? AND reference <> '' AND is_cancelled = 0 ORDER BY made_ms LIMIT 1`,
          reference,
        )
      : lane.database.first<LabelRow>("SELECT * FROM ups_labels WHERE tracking_number = ?", number);
  if (row === undefined) throw new UpsRefusal(400, "300100", "No label was found for the request.");
  return {
    LabelRecoveryResponse: {
      Response: success(request, "LabelRecoveryRequest"),
      ShipmentIdentificationNumber: row.tracking_number,
      LabelResults: {
        TrackingNumber: row.tracking_number,
        LabelImage: { LabelImageFormat: { Code: "PNG", Description: "PNG" }, GraphicImage: row.label },
      },
    },
  };
}

/** `VoidShipmentResponse`; refused once UPS has the parcel. */
export function voidShipment(lane: Lane, trackingNumber: string, nowMs: number): Json {
  const parcel = findParcel(lane, trackingNumber);
  if (parcel === undefined) throw new UpsRefusal(400, "190102", "No shipment found within the allowed void period");
  if (parcel.isCancelled) throw new UpsRefusal(400, "190117", "The shipment has already been voided.");
  if (visibleScans(lane, trackingNumber, nowMs).some(({ code }) => code === "OR"))
    throw new UpsRefusal(400, "190101", "Time for voiding has expired.");
  cancelParcel(lane, trackingNumber, nowMs);
  return {
    VoidShipmentResponse: {
      Response: success({}, ""),
      SummaryResult: { Status: { Code: "1", Description: "Voided" } },
    },
  };
}

/** How many shipments were made under references that begin so and not voided: for tests and proofs. */
export function countByReference(lane: Lane, reference: string): number {
  return lane.database.all(
    `SELECT 1 FROM ups_labels JOIN ups_parcels USING (tracking_number) WHERE substr(reference, 1, length(?)) = ? AND is_cancelled = 0`,
    reference,
    reference,
  ).length;
}

function referenceOf(shipment: Json): string {
  const many = objectsAt(shipment, "ReferenceNumber");
  const [first = objectAt(shipment, "ReferenceNumber")] = many;
  return textAt(first, "Value") ?? "";
}

/** 1Z, the shipper's six characters, the service's two, seven digits and the check digit of UPS. */
function newTrackingNumber(shipperNumber: string, code: string): string {
  const shipper = shipperNumber
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, "")
    .padEnd(6, "0")
    .slice(0, 6);
  const body = `${shipper}${code}${String(randomInt(0, 10_000_000)).padStart(7, "0")}`;
  const sum = [...body].reduce((total, character, index) => {
    // Letters count as (code − 3) mod 10 of ASCII, every second place twice.
    const value = /\d/.test(character) ? Number(character) : (character.charCodeAt(0) - 3) % 10;
    return total + (index % 2 === 1 ? 2 * value : value);
  }, 0);
  return `1Z${body}${(10 - (sum % 10)) % 10}`;
}
