import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Clock } from "@shopmesh/kernel";
import type { Log } from "@shopmesh/mesh";
import type { Carrier, CarrierAnswer, LabelRequest, Patience, RateRequest } from "../carrier.ts";
import type { Address } from "../shipment.ts";
import { readLabel, readRates, readTracked } from "./fedex-words.ts";

export type FedexOptions = {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly accountNumber: string;
  /** Real epoch ms: tokens live by it. */
  readonly realTime: Clock;
  readonly log: Log;
};

type Ask = {
  readonly name: string;
  readonly method: "POST" | "PUT";
  readonly path: string;
  readonly body: unknown;
  readonly transactionId?: string;
};

type Token = { readonly text: string; readonly expireMs: number };

const tracer = trace.getTracer("shipping");

/** A token is renewed this long before it ends. */
const TOKEN_RESERVE_MS = 60_000;

/** FedEx's REST API as a carrier. Its token is kept for as long as it lives. */
export function createFedex(options: FedexOptions): Carrier {
  const tokens = createTokens(options);
  const ask = <T>(question: Ask, patience: Patience, read: (output: unknown) => T) =>
    answerOf(options, tokens, { question, patience, read });
  const accountNumber = { value: options.accountNumber };
  return {
    rates: (request, patience) =>
      ask(
        {
          name: "rates",
          method: "POST",
          path: "/rate/v1/rates/quotes",
          body: { accountNumber, requestedShipment: rateShipment(request) },
        },
        patience,
        readRates,
      ),
    async buyLabel(request, patience) {
      const answer = await ask(
        {
          name: "ship",
          method: "POST",
          path: "/ship/v1/shipments",
          body: { accountNumber, labelResponseOptions: "LABEL", requestedShipment: labelShipment(request) },
          transactionId: request.shipmentId,
        },
        patience,
        readLabel,
      );
      if (answer.kind !== "answered") return answer;
      const { value } = answer;
      return value === undefined ? { kind: "unanswered" } : { kind: "answered", value };
    },
    returnLabel: (trackingNumber, patience) =>
      ask(
        {
          name: "cancel",
          method: "PUT",
          path: "/ship/v1/shipments/cancel",
          body: { accountNumber, trackingNumber, deletionControl: "DELETE_ALL_PACKAGES" },
        },
        patience,
        () => undefined,
      ),
    track: (trackingNumbers, patience) =>
      ask(
        {
          name: "track",
          method: "POST",
          path: "/track/v1/trackingnumbers",
          body: {
            includeDetailedScans: true,
            trackingInfo: trackingNumbers.map((trackingNumber) => ({ trackingNumberInfo: { trackingNumber } })),
          },
        },
        patience,
        readTracked,
      ),
  };
}

type Tokens = { readonly take: (patience: Patience) => Promise<string>; readonly forget: () => void };

/** Tokens by client credentials: one at a time is asked for, all wait for it. */
function createTokens({ url, clientId, clientSecret, realTime }: FedexOptions): Tokens {
  let token: Promise<Token> | undefined;
  async function renew({ timeoutMs }: Patience): Promise<Token> {
    const response = await fetch(new URL("/oauth/token", url), {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: clientId,
        client_secret: clientSecret,
      }).toString(),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new Error(`fedex gives no token: status ${response.status}`);
    const { access_token: text, expires_in: seconds } = (await response.json()) as {
      readonly access_token: string;
      readonly expires_in: number;
    };
    return { text, expireMs: realTime() + seconds * 1_000 - TOKEN_RESERVE_MS };
  }
  return {
    async take(patience) {
      const present = token;
      const known = await present?.catch(() => undefined);
      if (known !== undefined && known.expireMs > realTime()) return known.text;
      // Ended or refused; whoever waited beside us may have asked already.
      if (token === present) token = renew(patience);
      return (await (token ?? renew(patience))).text;
    },
    forget() {
      token = undefined;
    },
  };
}

type Asked<T> = { readonly question: Ask; readonly patience: Patience; readonly read: (output: unknown) => T };

/** What FedEx answered. 4xx is a refusal for good; a token that ended early is renewed once; all else is no answer. */
function answerOf<T>(options: FedexOptions, tokens: Tokens, asked: Asked<T>): Promise<CarrierAnswer<T>> {
  const { name } = asked.question;
  const attributes = { "service.peer": "fedex", "fedex.operation": name };
  return tracer.startActiveSpan(
    `fedex ${name}`,
    { kind: SpanKind.CLIENT, attributes },
    async (span): Promise<CarrierAnswer<T>> => {
      try {
        const { status, answer, code } = await exchange(options, tokens, asked);
        span.setAttributes({ "fedex.outcome": answer.kind, "http.status_code": status });
        if (answer.kind !== "answered") options.log.warn(`fedex: ${answer.kind}`, { operation: name, status, code });
        return answer;
      } catch (error) {
        // Whatever it was (no connection, no time, no JSON): nobody knows what FedEx did.
        const cause = error instanceof Error ? error.name : "unknown";
        span.setStatus({ code: SpanStatusCode.ERROR, message: cause });
        options.log.warn("fedex: unanswered", { operation: name, cause });
        return { kind: "unanswered" };
      } finally {
        span.end();
      }
    },
  );
}

type Exchange<T> = { readonly status: number; readonly code: string; readonly answer: CarrierAnswer<T> };

async function exchange<T>(options: FedexOptions, tokens: Tokens, asked: Asked<T>): Promise<Exchange<T>> {
  const { question, patience, read } = asked;
  let response = await send(options, await tokens.take(patience), question, patience);
  if (response.status === 401) {
    tokens.forget();
    response = await send(options, await tokens.take(patience), question, patience);
  }
  const { status } = response;
  const body = (await response.json()) as {
    readonly output?: unknown;
    readonly errors?: readonly { readonly code?: string }[];
  };
  const code = body.errors?.[0]?.code ?? "";
  if (response.ok) return { status, code, answer: { kind: "answered", value: read(body.output ?? {}) } };
  const isRefusal = [400, 404, 422].includes(status);
  return { status, code, answer: isRefusal ? { kind: "refused", code } : { kind: "unanswered" } };
}

function send({ url }: FedexOptions, token: string, question: Ask, patience: Patience): Promise<Response> {
  const timeout = AbortSignal.timeout(patience.timeoutMs);
  const { transactionId } = question;
  return fetch(new URL(question.path, url), {
    method: question.method,
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "x-locale": "en_US",
      ...(transactionId === undefined ? {} : { "x-customer-transaction-id": transactionId }),
    },
    body: JSON.stringify(question.body),
    signal: patience.signal === undefined ? timeout : AbortSignal.any([timeout, patience.signal]),
  });
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
