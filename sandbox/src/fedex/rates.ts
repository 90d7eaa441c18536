import { numberAt, objectAt, objectsAt, textAt, type Json } from "../fields.ts";
import { FedexRefusal } from "./refusal.ts";
import type { Place } from "../parcels.ts";
import { services, type FedexService } from "./services.ts";

/** Pinned rates from US cents, in basis points, and the minor units of one currency unit. */
const currencies: Readonly<Record<string, { readonly basisPoints: number; readonly minorPerUnit: number }>> = {
  USD: { basisPoints: 10_000, minorPerUnit: 100 },
  EUR: { basisPoints: 9_200, minorPerUnit: 100 },
  GBP: { basisPoints: 7_900, minorPerUnit: 100 },
  CAD: { basisPoints: 13_600, minorPerUnit: 100 },
  JPY: { basisPoints: 15_000, minorPerUnit: 1 },
};

/** `output` of the rate quote: every service that serves these addresses, or the one that was asked for. */
export function quoteRates(request: Json, nowMs: number): Json {
  const shipment = objectAt(request, "requestedShipment");
  requireAccount(request);
  const from = addressAt(objectAt(shipment, "shipper"), "SHIPPER");
  const to = addressAt(objectAt(shipment, "recipient"), "RECIPIENT");
  const pounds = poundsOf(shipment);
  const currency = textAt(shipment, "preferredCurrency") ?? "USD";
  const serving = servicesBetween(from, to, textAt(shipment, "serviceType"));
  return {
    rateReplyDetails: serving.map((service) => rateReply(service, { from, to, pounds, currency, nowMs })),
    quoteDate: dateOf(nowMs),
    encoded: false,
  };
}

/** The net charge as FedEx writes it: a decimal number of whole currency units. */
export function netCharge(
  service: FedexService,
  shipment: {
    readonly from: Place;
    readonly to: Place;
    readonly pounds: number;
    readonly currency: string;
  },
): number {
  const rate = currencies[shipment.currency];
  if (!rate)
    throw new FedexRefusal(400, "CURRENCY.TYPE.INVALID", `The currency ${shipment.currency} is not supported.`);
  const cents =
    service.baseCents + zoneOf(shipment.from, shipment.to) * 55 + Math.ceil(shipment.pounds) * service.centsPerPound;
  // Cents × basis points stays far below 2^53; half up once, at the end.
  const minorUnits = Math.floor((cents * rate.basisPoints * rate.minorPerUnit) / 1_000_000 + 0.5);
  return Number((minorUnits / rate.minorPerUnit).toFixed(2));
}

export function servicesBetween(from: Place, to: Place, wanted: string | undefined): readonly FedexService[] {
  const reach = from.countryCode === to.countryCode ? "domestic" : "international";
  const serving = services.filter(
    (service) => service.reach === reach && (wanted === undefined || service.type === wanted),
  );
  if (serving.length === 0) {
    throw new FedexRefusal(
      400,
      "SERVICETYPE.NOT.ALLOWED",
      `The service ${wanted} is not available from ${from.countryCode} to ${to.countryCode}.`,
    );
  }
  return serving;
}

export function addressAt(party: Json, role: "SHIPPER" | "RECIPIENT"): Place {
  const address = objectAt(party, "address");
  const postalCode = textAt(address, "postalCode");
  const countryCode = textAt(address, "countryCode");
  if (!countryCode || !/^[A-Z]{2}$/.test(countryCode)) {
    throw new FedexRefusal(
      400,
      `${role}.COUNTRY.INVALID`,
      `The ${role.toLowerCase()}'s country code is missing or invalid.`,
    );
  }
  if (!postalCode) {
    throw new FedexRefusal(400, `${role}.POSTALSTATE.MISMATCH`, `The ${role.toLowerCase()}'s postal code is missing.`);
  }
  return {
    postalCode,
    countryCode,
    city: textAt(address, "city") ?? "",
    stateOrProvinceCode: textAt(address, "stateOrProvinceCode") ?? "",
  };
}

export function poundsOf(shipment: Json): number {
  const packages = objectsAt(shipment, "requestedPackageLineItems");
  if (packages.length === 0) {
    throw new FedexRefusal(400, "REQUESTEDPACKAGELINEITEMS.REQUIRED", "At least one package is required.");
  }
  return packages.reduce((sum, item) => sum + poundsOfPackage(item), 0);
}

export function requireAccount(request: Json): void {
  if (textAt(request, "accountNumber", "value")) return;
  throw new FedexRefusal(400, "ACCOUNT.NUMBER.EMPTY", "Account number cannot be empty.");
}

export function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function poundsOfPackage(item: Json): number {
  const weight = numberAt(item, "weight", "value");
  if (weight === undefined || weight <= 0 || weight > 1000) {
    throw new FedexRefusal(400, "PACKAGE.WEIGHT.INVALID", "The package's weight is missing or invalid.");
  }
  const isMetric = textAt(item, "weight", "units") === "KG";
  return (isMetric ? weight * 2.204_623 : weight) * (numberAt(item, "groupPackageCount") ?? 1);
}

/** From 0, next door, to 9: how far apart the first digits of the postal codes are. */
function zoneOf(from: Place, to: Place): number {
  const digit = (code: string): number => Number(code.replace(/\D/g, "").charAt(0) || "5");
  return Math.abs(digit(from.postalCode) - digit(to.postalCode));
}

function rateReply(
  service: FedexService,
  shipment: {
    readonly from: Place;
    readonly to: Place;
    readonly pounds: number;
    readonly currency: string;
    readonly nowMs: number;
  },
): Json {
  const charge = netCharge(service, shipment);
  const deliveryMs = shipment.nowMs + service.hours * 3_600_000;
  return {
    serviceType: service.type,
    serviceName: service.name,
    packagingType: "YOUR_PACKAGING",
    ratedShipmentDetails: [
      {
        rateType: "ACCOUNT",
        ratedWeightMethod: "ACTUAL",
        totalDiscounts: 0,
        totalBaseCharge: charge,
        totalNetCharge: charge,
        totalNetFedExCharge: charge,
        shipmentRateDetail: {
          rateZone: String(zoneOf(shipment.from, shipment.to)),
          currency: shipment.currency,
        },
        currency: shipment.currency,
      },
    ],
    operationalDetail: {
      transitTime: service.transitTime,
      deliveryDate: new Date(deliveryMs).toISOString().slice(0, 19),
    },
    commit: {
      dateDetail: { dayCxsFormat: new Date(deliveryMs).toISOString().slice(0, 19) },
      transitDays: { minimumTransitTime: service.transitTime },
    },
    signatureOptionType: "SERVICE_DEFAULT",
  };
}
