import type { Carrier, CarrierAnswer, CarrierLabel, LabelRequest, Patience, RateRequest, Tracked } from "../carrier.ts";
import type { Address } from "../shipment.ts";
import { type Api, type Asking, createAsking } from "./asking.ts";
import { readLabel, readRates, readRecovered, readTracked } from "./ups-words.ts";

export type UpsOptions = Pick<Api, "url" | "realTime" | "log"> & {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly accountNumber: string;
  /** Where it is to tell of scans, and what it shows there. */
  readonly webhook: { readonly url: string; readonly credential: string };
};

const TRACK_AT_ONCE = 5;
const headers = { transId: "shopmesh", transactionSrc: "shopmesh" };

/**
 * UPS's REST API as a carrier. It knows no idempotency key: a label is asked for under its name as the reference, and looked for by that
 * where an answer got lost.
 */
export function createUps({ clientId, clientSecret, accountNumber, webhook, ...api }: UpsOptions): Carrier {
  const asking = createAsking(upsApi({ ...api, clientId, clientSecret }));
  const post = (name: string, path: string, body: unknown) => ({ name, method: "POST", path, body, headers }) as const;
  async function findLabel(request: LabelRequest, patience: Patience) {
    const ReferenceValues = { ReferenceNumber: { Value: referenceOf(request) }, ShipperNumber: accountNumber };
    const body = {
      LabelRecoveryRequest: { LabelSpecification: { LabelImageFormat: { Code: "PNG" } }, ReferenceValues },
    };
    const answer = await asking(post("recover", "/api/labels/v1/recovery", body), patience, (reply) => {
      const label = readRecovered(reply);
      return label && { trackingNumber: label.trackingNumber, label };
    });
    // Refused: UPS knows no such shipment.
    return answer.kind === "refused" ? ({ kind: "answered", value: undefined } as const) : answer;
  }
  return {
    name: "ups",
    rates: (request, patience) => {
      const RateRequest = { Request: requestOf("rates"), Shipment: rateShipment(accountNumber, request) };
      return asking(post("rates", "/api/rating/v2409/Shop", { RateRequest }), patience, readRates);
    },
    async buyLabel(request, patience): Promise<CarrierAnswer<CarrierLabel>> {
      const ShipmentRequest = {
        Request: requestOf(request.name),
        Shipment: labelShipment(accountNumber, request),
        LabelSpecification: { LabelImageFormat: { Code: "PNG" }, LabelStockSize: { Height: "6", Width: "4" } },
      };
      const question = post("ship", "/api/shipments/v2409/ship", { ShipmentRequest });
      const answer = await asking(question, patience, readLabel);
      if (answer.kind !== "answered") return answer;
      const { value } = answer;
      return value === undefined ? { kind: "unanswered" } : { kind: "answered", value };
    },
    findLabel,
    returnLabel: (trackingNumber, patience) =>
      asking(
        {
          name: "cancel",
          method: "DELETE",
          path: `/api/shipments/v2409/void/cancel/${encodeURIComponent(trackingNumber)}`,
          headers,
        },
        patience,
        () => undefined,
      ).then(alreadyVoided),
    track: (trackingNumbers, patience) => trackEach(asking, trackingNumbers, patience),
    follow: (trackingNumber, patience) =>
      asking(
        post("subscribe", "/api/track/v1/subscription/standard/package", {
          locale: "en_US",
          countryCode: "US",
          trackingNumberList: [trackingNumber],
          destination: { url: webhook.url, credentialType: "Bearer", credential: webhook.credential },
        }),
        patience,
        () => undefined,
      ),
  };
}

function upsApi({ clientId, clientSecret, ...api }: Omit<UpsOptions, "accountNumber" | "webhook">): Api {
  return {
    ...api,
    name: "ups",
    token: {
      path: "/security/v1/oauth/token",
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}` },
      form: {},
    },
    readCode: (body) =>
      (body as { readonly response?: { readonly errors?: readonly { readonly code?: string }[] } }).response
        ?.errors?.[0]?.code ?? "",
    objectionOf: (code) => (code === "120213" ? "country" : code.startsWith("1202") ? "address" : "other"),
  };
}

/** UPS is asked for each parcel by itself; a few at a time, and whatever it said of some counts. */
async function trackEach(
  asking: Asking,
  trackingNumbers: readonly string[],
  patience: Patience,
): Promise<CarrierAnswer<readonly Tracked[]>> {
  const answers: CarrierAnswer<readonly Tracked[]>[] = [];
  for (let next = 0; next < trackingNumbers.length; next += TRACK_AT_ONCE) {
    const path = (number: string) => `/api/track/v1/details/${encodeURIComponent(number)}`;
    const some = trackingNumbers.slice(next, next + TRACK_AT_ONCE);
    const asked = some.map((number) =>
      asking({ name: "track", method: "GET", path: path(number), headers }, patience, readTracked),
    );
    answers.push(...(await Promise.all(asked)));
    if (answers.at(-1)?.kind === "unanswered") break;
  }
  const known = answers.flatMap((answer) => (answer.kind === "answered" ? [answer.value] : []));
  const isHeard = answers.some(({ kind }) => kind !== "unanswered") || answers.length === 0;
  return isHeard ? { kind: "answered", value: known.flat() } : { kind: "unanswered" };
}

/** A label that was given back before is given back. */
function alreadyVoided(answer: CarrierAnswer<undefined>): CarrierAnswer<undefined> {
  return answer.kind === "refused" && answer.code === "190117" ? { kind: "answered", value: undefined } : answer;
}

function requestOf(context: string) {
  return { TransactionReference: { CustomerContext: context } };
}

/** A reference has at most 35 characters: the label's name without its hyphens. */
function referenceOf({ name }: LabelRequest): string {
  return name.replaceAll("-", "");
}

function rateShipment(accountNumber: string, { from, destination, weightGrams }: RateRequest) {
  return {
    Shipper: { ...partyOf(from), ShipperNumber: accountNumber },
    ShipTo: partyOf(destination),
    ShipFrom: partyOf(from),
    DeliveryTimeInformation: { PackageBillType: "03" },
    NumOfPieces: "1",
    Package: [{ PackagingType: { Code: "02" }, PackageWeight: weightOf(weightGrams) }],
  };
}

function labelShipment(accountNumber: string, request: LabelRequest) {
  const { from, destination, serviceType, weightGrams } = request;
  return {
    Shipper: { ...partyOf(from), ShipperNumber: accountNumber },
    ShipTo: partyOf(destination),
    ShipFrom: partyOf(from),
    PaymentInformation: { ShipmentCharge: [{ Type: "01", BillShipper: { AccountNumber: accountNumber } }] },
    Service: { Code: serviceType },
    ReferenceNumber: { Value: referenceOf(request) },
    Package: [{ Packaging: { Code: "02" }, PackageWeight: weightOf(weightGrams) }],
  };
}

function partyOf({ name, phone, line1, line2, city, region, postalCode, countryCode }: Address) {
  return {
    // UPS takes 35 characters of a name and of a line.
    Name: name.slice(0, 35),
    Phone: { Number: phone || "0000000000" },
    Address: {
      AddressLine: [line1, line2].filter((line) => line !== "").map((line) => line.slice(0, 35)),
      City: city.slice(0, 30),
      StateProvinceCode: region,
      PostalCode: postalCode,
      CountryCode: countryCode,
    },
  };
}

function weightOf(grams: number) {
  return { UnitOfMeasurement: { Code: "KGS" }, Weight: (grams / 1_000).toFixed(3) };
}
