import { type Json, numberAt, objectAt, objectsAt, textAt } from "../fields.ts";
import type { Place } from "../parcels.ts";
import { UpsRefusal } from "./refusal.ts";
import { findService, services, type UpsService } from "./services.ts";

/** What is asked of UPS to carry. */
export type Consignment = {
  readonly from: Place;
  readonly to: Place;
  readonly kilograms: number;
  readonly currency: string;
};

/** Basis points of a US cent; UPS quotes in the currency of the country that the parcel leaves from. */
const currencies: Readonly<Record<string, number>> = { USD: 10_000, EUR: 9_200, GBP: 7_900, CAD: 13_600 };
const currencyOf: Readonly<Record<string, string>> = { US: "USD", GB: "GBP", CA: "CAD" };

/** `RateResponse` of a Shop request: every service that serves these addresses; of a Rate request the one asked for. */
export function quoteRates(request: Json, option: string, nowMs: number): Json {
  const shipment = objectAt(request, "RateRequest", "Shipment");
  const consignment = readConsignment(shipment);
  const wanted = option.toLowerCase().startsWith("shop") ? undefined : textAt(shipment, "Service", "Code");
  const rated = servicesBetween(consignment, wanted).map((service) => ratedShipment(service, consignment, nowMs));
  return { RateResponse: { Response: success(request, "RateRequest"), RatedShipment: rated } };
}

/** Shipper, receiver and packages of a rate or ship request. */
export function readConsignment(shipment: Json): Consignment {
  const party = objectAt(shipment, "ShipFrom", "Address");
  const from = placeAt(Object.keys(party).length > 0 ? party : objectAt(shipment, "Shipper", "Address"), "ShipFrom");
  const to = placeAt(objectAt(shipment, "ShipTo", "Address"), "ShipTo");
  if (!textAt(shipment, "Shipper", "ShipperNumber")) {
    throw new UpsRefusal(400, "111580", "Missing or invalid shipper number");
  }
  const many = objectsAt(shipment, "Package");
  const packages = many.length > 0 ? many : [objectAt(shipment, "Package")];
  const kilograms = packages.reduce((sum, item) => sum + kilogramsOf(item), 0);
  return { from, to, kilograms, currency: currencyOf[from.countryCode] ?? "EUR" };
}

export function servicesBetween({ from, to }: Consignment, wanted: string | undefined): readonly UpsService[] {
  const reach = from.countryCode === to.countryCode ? "domestic" : "international";
  const serving = services.filter((service) => service.reach === reach && (wanted ?? service.code) === service.code);
  if (serving.length > 0) return serving;
  throw new UpsRefusal(400, "111210", "The requested service is unavailable between the selected locations.");
}

/** The charge as UPS writes it: decimal text of whole currency units. */
export function chargeOf(service: UpsService, { from, to, kilograms, currency }: Consignment): string {
  const digit = (code: string): number => Number(code.replace(/\D/g, "").charAt(0) || "5");
  const zone = Math.abs(digit(from.postalCode) - digit(to.postalCode));
  const cents = service.baseCents + zone * 60 + Math.ceil(kilograms) * service.centsPerKilogram;
  return (Math.floor((cents * (currencies[currency] ?? 10_000)) / 10_000 + 0.5) / 100).toFixed(2);
}

/** The `Response` of what went well. */
export function success(request: Json, name: string): Json {
  const customerContext = textAt(request, name, "Request", "TransactionReference", "CustomerContext") ?? "";
  return {
    ResponseStatus: { Code: "1", Description: "Success" },
    TransactionReference: { CustomerContext: customerContext },
  };
}

/** YYYYMMDD. */
export function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10).replaceAll("-", "");
}

/** HHMMSS. */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19).replaceAll(":", "");
}

export function promisedMs(code: string, fromMs: number): number {
  return fromMs + (findService(code)?.hours ?? 48) * 3_600_000;
}

function ratedShipment(service: UpsService, consignment: Consignment, nowMs: number): Json {
  const charges = { CurrencyCode: consignment.currency, MonetaryValue: chargeOf(service, consignment) };
  const arrivalMs = promisedMs(service.code, nowMs);
  return {
    Service: { Code: service.code, Description: "" },
    BillingWeight: {
      UnitOfMeasurement: { Code: "KGS", Description: "Kilograms" },
      Weight: consignment.kilograms.toFixed(1),
    },
    TransportationCharges: charges,
    ServiceOptionsCharges: { CurrencyCode: consignment.currency, MonetaryValue: "0.00" },
    TotalCharges: charges,
    NegotiatedRateCharges: { TotalCharge: charges },
    TimeInTransit: {
      ServiceSummary: {
        Service: { Description: service.name },
        EstimatedArrival: {
          Arrival: { Date: dateOf(arrivalMs), Time: timeOf(arrivalMs) },
          BusinessDaysInTransit: String(service.businessDays),
        },
      },
    },
  };
}

function placeAt(address: Json, role: "ShipFrom" | "ShipTo"): Place {
  const countryCode = textAt(address, "CountryCode") ?? "";
  const postalCode = textAt(address, "PostalCode") ?? "";
  if (!/^[A-Z]{2}$/.test(countryCode)) {
    throw new UpsRefusal(400, role === "ShipTo" ? "120213" : "120113", `Missing or invalid ${role} country code`);
  }
  if (postalCode === "") {
    throw new UpsRefusal(400, role === "ShipTo" ? "120203" : "120103", `Missing or invalid ${role} postal code`);
  }
  return {
    countryCode,
    postalCode,
    city: textAt(address, "City") ?? "",
    stateOrProvinceCode: textAt(address, "StateProvinceCode") ?? "",
  };
}

function kilogramsOf(item: Json): number {
  const weight = numberAt(item, "PackageWeight", "Weight");
  const isMetric = textAt(item, "PackageWeight", "UnitOfMeasurement", "Code") === "KGS";
  const kilograms = weight === undefined ? 0 : isMetric ? weight : weight * 0.453_592;
  // 70 kg, 150 lb: what one package may weigh.
  if (kilograms <= 0 || kilograms > 70) throw new UpsRefusal(400, "111031", "Missing or invalid package weight");
  return kilograms;
}
