import { randomInt } from "node:crypto";
import { objectAt, objectsAt, textAt, type Json } from "../fields.ts";
import { pdfLabel, pngLabel } from "../label.ts";
import {
  addParcel,
  cancelParcel,
  type Lane,
  type ParcelFate,
  parcelsOfShipment,
  type Place,
  visibleScans,
} from "../parcels.ts";
import { addressAt, dateOf, netCharge, poundsOf, requireAccount, servicesBetween } from "./rates.ts";
import { FedexRefusal } from "./refusal.ts";
import type { FedexService } from "./services.ts";

type Shipment = {
  readonly service: FedexService;
  readonly from: Place;
  readonly to: Place;
  readonly pounds: number;
  readonly currency: string;
  readonly imageType: "PDF" | "PNG";
  readonly recipientName: string;
  readonly packages: readonly Json[];
  readonly nowMs: number;
};

/** `output` of a ship request: makes a label and a tracking number per package, which begin to move. No other answer holds the label. */
export function makeShipment(
  lane: Lane,
  request: Json,
  how: { readonly nowMs: number; readonly fate: ParcelFate },
): Json {
  const shipment = readShipment(request, how.nowMs);
  const numbers = shipment.packages.map(newTrackingNumber);
  const [master = ""] = numbers;
  for (const [index, trackingNumber] of numbers.entries()) {
    addParcel(
      lane,
      {
        trackingNumber,
        masterTrackingNumber: master,
        serviceType: shipment.service.type,
        shipper: shipment.from,
        recipient: shipment.to,
        weight: objectAt(shipment.packages[index] ?? {}, "weight"),
        madeMs: how.nowMs,
      },
      { hours: shipment.service.hours, fate: how.fate },
    );
    addReferences(lane, trackingNumber, shipment.packages[index] ?? {});
  }
  return {
    transactionShipments: [
      {
        masterTrackingNumber: master,
        serviceType: shipment.service.type,
        serviceName: shipment.service.name,
        serviceCategory: "GROUND",
        shipDatestamp: dateOf(how.nowMs),
        alerts: [],
        shipmentAdvisoryDetails: { regulatoryAdvisory: { prohibitions: [] } },
        pieceResponses: numbers.map((trackingNumber, index) => piece(shipment, { master, trackingNumber, index })),
      },
    ],
    alerts: [],
    jobId: "",
  };
}

/** `output` of a cancel request; refused once it is cancelled, or FedEx has picked anything up. */
export function cancelShipment(lane: Lane, request: Json, nowMs: number): Json {
  const trackingNumber = textAt(request, "trackingNumber") ?? "";
  const shipment = parcelsOfShipment(lane, trackingNumber);
  if (shipment.length === 0) {
    throw new FedexRefusal(
      404,
      "SHIPMENT.TRACKINGNUMBER.NOTFOUND",
      `The tracking number ${trackingNumber} was not found.`,
    );
  }
  if (shipment.every(({ isCancelled }) => isCancelled))
    throw new FedexRefusal(400, "CANCELSHIPMENT.TRACKINGNUMBER.DELETED", "The shipment has already been deleted.");
  const isOnItsWay = shipment.some((parcel) =>
    visibleScans(lane, parcel.trackingNumber, nowMs).some((scan) => scan.code === "PU"),
  );
  if (isOnItsWay) {
    throw new FedexRefusal(
      400,
      "SHIPMENT.DELETE.NOTALLOWED",
      "The shipment was picked up and can no longer be cancelled.",
    );
  }
  for (const parcel of shipment) if (!parcel.isCancelled) cancelParcel(lane, parcel.trackingNumber, nowMs);
  return { cancelledShipment: true, cancelledHistory: true, successMessage: "Success", alerts: [] };
}

function addReferences(lane: Lane, trackingNumber: string, item: Json): void {
  for (const reference of objectsAt(item, "customerReferences"))
    lane.database.run(
      "INSERT OR IGNORE INTO fedex_references (tracking_number, type, value) VALUES (?, ?, ?)",
      trackingNumber,
      textAt(reference, "customerReferenceType") ?? "",
      textAt(reference, "value") ?? "",
    );
}

function readShipment(request: Json, nowMs: number): Shipment {
  const shipment = objectAt(request, "requestedShipment");
  requireAccount(request);
  const [recipient = {}] = objectsAt(shipment, "recipients");
  const from = addressAt(objectAt(shipment, "shipper"), "SHIPPER");
  const to = addressAt(recipient, "RECIPIENT");
  const serviceType = textAt(shipment, "serviceType");
  if (!serviceType) throw new FedexRefusal(400, "SERVICETYPE.REQUIRED", "The service type is required.");
  const [service] = servicesBetween(from, to, serviceType);
  if (!service) throw new FedexRefusal(400, "SERVICETYPE.NOT.ALLOWED", `The service ${serviceType} is not available.`);
  return {
    service,
    from,
    to,
    pounds: poundsOf(shipment),
    currency: textAt(shipment, "preferredCurrency") ?? "USD",
    imageType: textAt(shipment, "labelSpecification", "imageType") === "PNG" ? "PNG" : "PDF",
    recipientName: textAt(recipient, "contact", "personName") ?? "",
    packages: objectsAt(shipment, "requestedPackageLineItems"),
    nowMs,
  };
}

function piece(
  shipment: Shipment,
  {
    master,
    trackingNumber,
    index,
  }: { readonly master: string; readonly trackingNumber: string; readonly index: number },
): Json {
  const charge = index === 0 ? netCharge(shipment.service, shipment) : 0;
  const label =
    shipment.imageType === "PNG" ? pngLabel(trackingNumber) : pdfLabel(labelLines(shipment, trackingNumber));
  return {
    masterTrackingNumber: master,
    trackingNumber,
    packageSequenceNumber: index + 1,
    deliveryTimestamp: dateOf(shipment.nowMs + shipment.service.hours * 3_600_000),
    netRateAmount: charge,
    baseRateAmount: charge,
    netChargeAmount: charge,
    currency: shipment.currency,
    packageDocuments: [
      {
        contentType: "LABEL",
        copiesToPrint: 1,
        docType: shipment.imageType,
        encodedLabel: label.toString("base64"),
      },
    ],
    customerReferences: objectsAt(shipment.packages[index] ?? {}, "customerReferences"),
  };
}

function labelLines(
  { service, from, to, recipientName, pounds, nowMs }: Shipment,
  trackingNumber: string,
): readonly string[] {
  return [
    "SANDBOX - NOT FOR CARRIAGE",
    service.type,
    `DATE ${dateOf(nowMs)}  ${pounds.toFixed(1)} LB`,
    "",
    `FROM ${from.city} ${from.postalCode} ${from.countryCode}`,
    `TO   ${recipientName}`,
    `     ${to.city} ${to.postalCode} ${to.countryCode}`,
    "",
    `TRK# ${trackingNumber}`,
  ];
}

/** Twelve digits, as FedEx numbers parcels; sandbox numbers begin with 7949. */
function newTrackingNumber(): string {
  return `7949${String(randomInt(0, 100_000_000)).padStart(8, "0")}`;
}
