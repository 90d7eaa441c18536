import type { Carrier, CarrierLabel, LabelRequest, Patience, RateRequest } from "../carrier.ts";
import type { Address } from "../shipment.ts";
import { type Api, createAsking } from "./asking.ts";
import { readLabel, readRates, readTracked } from "./fedex-words.ts";

export type FedexOptions = Pick<Api, "url" | "realTime" | "log"> & {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly accountNumber: string;
};

/** FedEx's REST API as a carrier: a shipment asked for again under its name as the transaction id is the same shipment. */
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
  const headers = { "x-locale": "en_US" };
  const post = (name: string, path: string, body: unknown) => ({ name, method: "POST", path, body, headers }) as const;
  async function buyLabel(request: LabelRequest, patience: Patience) {
    const body = { accountNumber, labelResponseOptions: "LABEL", requestedShipment: labelShipment(request) };
    const question = post("ship", "/ship/v1/shipments", body);
    const named = { ...question, headers: { ...headers, "x-customer-transaction-id": request.name } };
    const answer = await asking(named, patience, (reply) => readLabel(outputOf(reply)));
    return answer.kind === "answered" ? whole(answer.value) : answer;
  }
  return {
    name: "fedex",
    isRepeatable: true,
    rates: (request, patience) =>
      asking(
        post("rates", "/rate/v1/rates/quotes", { accountNumber, requestedShipment: rateShipment(request) }),
        patience,
        (body) => readRates(outputOf(body)),
      ),
    buyLabel,
    findLabel: buyLabel,
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
      ),
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

function labelShipment({ from, destination, serviceType, weightGrams }: LabelRequest) {
  return {
    shipper: partyOf(from),
    recipients: [partyOf(destination)],
    serviceType,
    packagingType: "YOUR_PACKAGING",
    pickupType: "USE_SCHEDULED_PICKUP",
    shippingChargesPayment: { paymentType: "SENDER" },
    labelSpecification: { imageType: "PDF", labelStockType: "PAPER_4X6" },
    requestedPackageLineItems: [{ weight: weightOf(weightGrams) }],
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
