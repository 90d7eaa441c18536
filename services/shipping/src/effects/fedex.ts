import type {
  Carrier,
  CarrierAnswer,
  CarrierLabel,
  FoundLabel,
  LabelRequest,
  Patience,
  RateRequest,
} from "../carrier.ts";
import type { Address } from "../shipment.ts";
import { type Api, type Asking, createAsking, type Question } from "./asking.ts";
import { readFound, readLabel, readRates, readTracked } from "./fedex-words.ts";

const REFERENCE_TYPE = "CUSTOMER_REFERENCE";
const REFERENCE_UNKNOWN = "TRACKING.REFERENCENUMBER.NOTFOUND";
/** How FedEx refuses to cancel what it has cancelled. */
const CANCELLED = ["CANCELSHIPMENT.TRACKINGNUMBER.DELETED", "MASTERTRACKINGID.TRACKINGNUMBER.CANCELLED"];
const headers = { "x-locale": "en_US" };

export type FedexOptions = Pick<Api, "url" | "realTime" | "log"> & {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly accountNumber: string;
};

/**
 * FedEx's REST API as a carrier. It knows no idempotency key, and hands a label out only once: one is asked for under its name as the
 * customer's reference, and its number is looked for by that where an answer got lost.
 */
export function createFedex({
  url,
  realTime,
  log,
  clientId,
  clientSecret,
  accountNumber: account,
}: FedexOptions): Carrier {
  const asking = createAsking(fedexApi({ url, realTime, log, clientId, clientSecret }));
  const accountNumber = { value: account };
  async function buyLabel(request: LabelRequest, patience: Patience) {
    const body = { accountNumber, labelResponseOptions: "LABEL", requestedShipment: labelShipment(request) };
    const question = post("ship", "/ship/v1/shipments", body);
    // It only comes back with the answer: for whoever asks FedEx about it.
    const named = { ...question, headers: { ...headers, "x-customer-transaction-id": request.name } };
    const answer = await asking(named, patience, (reply) => readLabel(outputOf(reply)));
    return answer.kind === "answered" ? whole(answer.value) : answer;
  }
  return {
    name: "fedex",
    rates: (request, patience) =>
      asking(
        post("rates", "/rate/v1/rates/quotes", { accountNumber, requestedShipment: rateShipment(request) }),
        patience,
        (body) => readRates(outputOf(body)),
      ),
    buyLabel,
    findLabel: (request, patience) => findLabel(asking, account, request, patience),
    returnLabel: (trackingNumber, patience) =>
      asking(
        {
          name: "cancel",
          method: "PUT",
          path: "/ship/v1/shipments/cancel",
          body: { accountNumber, trackingNumber, deletionControl: "DELETE_ALL_PACKAGES" },
          headers,
        },
        patience,
        () => undefined,
      ).then(alreadyCancelled),
    track: (trackingNumbers, patience) =>
      asking(
        post("track", "/track/v1/trackingnumbers", {
          includeDetailedScans: true,
          trackingInfo: trackingNumbers.map((trackingNumber) => ({ trackingNumberInfo: { trackingNumber } })),
        }),
        patience,
        (body) => readTracked(outputOf(body)),
      ),
    // FedEx tells of every parcel of the account.
    follow: async () => ({ kind: "answered", value: undefined }),
  };
}

function post(name: string, path: string, body: unknown): Question {
  return { name, method: "POST", path, body, headers };
}

async function findLabel(
  asking: Asking,
  accountNumber: string,
  { name }: LabelRequest,
  patience: Patience,
): Promise<CarrierAnswer<FoundLabel | undefined>> {
  const referencesInformation = { type: REFERENCE_TYPE, value: fedexReference(name), accountNumber };
  const body = { includeDetailedScans: false, referencesInformation };
  const question = post("reference", "/track/v1/referencenumbers", body);
  const answer = await asking(question, patience, (reply) => readFound(outputOf(reply)));
  if (answer.kind !== "refused") return answer;
  // Refused for any other reason FedEx may know of one all the same.
  return answer.code === REFERENCE_UNKNOWN ? { kind: "answered", value: undefined } : { kind: "unanswered" };
}

/** A label that was given back before is given back. */
function alreadyCancelled(answer: CarrierAnswer<undefined>): CarrierAnswer<undefined> {
  return answer.kind === "refused" && CANCELLED.includes(answer.code) ? { kind: "answered", value: undefined } : answer;
}

function fedexApi({ url, realTime, log, clientId, clientSecret }: Omit<FedexOptions, "accountNumber">): Api {
  return {
    name: "fedex",
    url,
    realTime,
    log,
    token: { path: "/oauth/token", headers: {}, form: { client_id: clientId, client_secret: clientSecret } },
    readCode: (body) => (body as { readonly errors?: readonly { readonly code?: string }[] }).errors?.[0]?.code ?? "",
    objectionOf: (code) =>
      /RECIPIENT[.]COUNTRY/.test(code)
        ? "country"
        : /RECIPIENT|POSTAL|COUNTRY|ADDRESS|STATE/.test(code)
          ? "address"
          : "other",
  };
}

/** A label's name as a customer's reference, of which FedEx Ground takes 30 characters: its UUID as 25, and what follows that. */
export function fedexReference(name: string): string {
  const plain = name.replaceAll("-", "");
  const id = BigInt(`0x${plain.slice(0, 32)}`)
    .toString(36)
    .padStart(25, "0");
  return `${id}${plain.slice(32)}`.toUpperCase();
}

function outputOf(body: unknown): unknown {
  return (body as { readonly output?: unknown }).output ?? {};
}

/** An answer without a label is none. */
function whole(label: CarrierLabel | undefined) {
  return label === undefined ? ({ kind: "unanswered" } as const) : ({ kind: "answered", value: label } as const);
}

function rateShipment({ from, destination, weightGrams, currencyCode }: RateRequest) {
  return {
    shipper: { address: placeOf(from) },
    recipient: { address: placeOf(destination) },
    preferredCurrency: currencyCode,
    pickupType: "USE_SCHEDULED_PICKUP",
    rateRequestType: ["ACCOUNT"],
    requestedPackageLineItems: [{ weight: weightOf(weightGrams) }],
  };
}

function labelShipment({ name, from, destination, serviceType, weightGrams }: LabelRequest) {
  const customerReferences = [{ customerReferenceType: REFERENCE_TYPE, value: fedexReference(name) }];
  return {
    shipper: partyOf(from),
    recipients: [partyOf(destination)],
    serviceType,
    packagingType: "YOUR_PACKAGING",
    pickupType: "USE_SCHEDULED_PICKUP",
    shippingChargesPayment: { paymentType: "SENDER" },
    labelSpecification: { imageType: "PDF", labelStockType: "PAPER_4X6" },
    requestedPackageLineItems: [{ weight: weightOf(weightGrams), customerReferences }],
  };
}

function partyOf(address: Address) {
  const { name, phone, line1, line2 } = address;
  const streetLines = [line1, line2].filter((line) => line !== "");
  return {
    contact: { personName: name, phoneNumber: phone || "0000000000" },
    address: { ...placeOf(address), streetLines },
  };
}

function placeOf({ city, region, postalCode, countryCode }: Address) {
  return { city, stateOrProvinceCode: region, postalCode, countryCode };
}

function weightOf(grams: number) {
  return { units: "KG", value: Number((grams / 1_000).toFixed(3)) };
}
