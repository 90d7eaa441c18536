import { randomUUID } from "node:crypto";
import type { Agenda, DueWork } from "../agenda.ts";
import type { Clock } from "../clock.ts";
import type { Database } from "../database.ts";
import { withFaults, type Faults } from "../faults.ts";
import { json, type Answer, type Reply, type Request, type Route } from "../http.ts";
import type { Webhooks } from "../webhooks.ts";
import { type Json, textAt } from "../fields.ts";
import { parseJson } from "./body.ts";
import { announcements } from "../parcels.ts";
import { quoteRates } from "./rates.ts";
import { FedexRefusal } from "./refusal.ts";
import { fedexLane } from "./scans.ts";
import { makeShipment, cancelShipment } from "./shipments.ts";
import { isTokenValid, issueToken } from "../token.ts";
import { countByReference, trackParcels, trackReference, trackResult } from "./tracking.ts";

const TOKEN_SECONDS = 3600;

export type FedexApi = {
  readonly database: Database;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Wakes the agenda once parcels have new scans to come. */
  readonly wake: Agenda["wake"];
};

/** FedEx's REST API, as far as a shop ships with it. */
export function fedexRoutes(api: FedexApi): readonly Route[] {
  const now = api.clock.now;
  return [
    route(api, "POST", "/oauth/token", "token", (request) => answerToken(api, request)),
    route(
      api,
      "POST",
      "/rate/v1/rates/quotes",
      "rates",
      authorized(api, (body) => quoteRates(body, now())),
    ),
    route(
      api,
      "POST",
      "/ship/v1/shipments",
      "ship",
      authorized(api, (body) => ship(api, body)),
    ),
    route(
      api,
      "PUT",
      "/ship/v1/shipments/cancel",
      "cancel",
      authorized(api, (body) => {
        const output = api.database.transaction(() => cancelShipment(fedexLane(api.database), body, now()));
        setImmediate(api.wake);
        return output;
      }),
    ),
    route(
      api,
      "POST",
      "/track/v1/trackingnumbers",
      "track",
      authorized(api, (body) => trackParcels(fedexLane(api.database), body, now())),
    ),
    route(
      api,
      "POST",
      "/track/v1/referencenumbers",
      "reference",
      authorized(api, (body) => trackReference(fedexLane(api.database), body, now())),
    ),
    // Admin: how many labels stand under a reference.
    {
      method: "GET",
      path: "/sandbox/fedex/references/:reference",
      answer: ({ params }) =>
        json(200, { labels: countByReference(fedexLane(api.database), params["reference"] ?? "") }),
    },
  ];
}

/** Tells the shop of every scan as it falls due, in the shape of a track reply with that one scan. */
export function scanAnnouncements(database: Database, webhooks: Pick<Webhooks, "enqueue">): DueWork {
  return announcements(fedexLane(database), (parcel, scan) => {
    const eventId = `${parcel.trackingNumber}-${scan.position}`;
    const body = JSON.stringify({
      eventId,
      eventType: "TRACKING_EVENT",
      transactionId: randomUUID(),
      output: { completeTrackResults: [trackResult(parcel.trackingNumber, parcel, [scan])] },
    });
    webhooks.enqueue({ provider: "fedex", eventId, eventType: scan.code, body });
  });
}

function route(api: FedexApi, method: string, path: string, operation: string, answer: Answer): Route {
  const error = (status: number): Reply =>
    errorReply(
      new FedexRefusal(
        status,
        status === 503 ? "SERVICE.UNAVAILABLE.ERROR" : "INTERNAL.SERVER.ERROR",
        "A sandbox fault.",
      ),
    );
  return {
    method,
    path,
    answer: withFaults(api.faults, { provider: "fedex", operation }, { answer, error }),
  };
}

/** The answer of an authorised request: what `work` makes is the `output`, what it throws the `errors`. */
function authorized(api: FedexApi, work: (body: Json) => Json): Answer {
  return (request) => {
    const [scheme, token = ""] = (request.headers.authorization ?? "").split(" ");
    if (scheme !== "Bearer" || !isTokenValid(api.clientSecret, token)) {
      return errorReply(
        new FedexRefusal(
          401,
          "NOT.AUTHORIZED.ERROR",
          "Access token expired. Please modify your request and try again.",
        ),
      );
    }
    try {
      const output = work(parseJson(request.body));
      return json(200, { transactionId: randomUUID(), ...customerIdOf(request), output });
    } catch (error) {
      if (error instanceof FedexRefusal) return errorReply(error, request);
      throw error;
    }
  };
}

function answerToken(api: FedexApi, request: Request): Reply {
  const form = new URLSearchParams(request.body.toString());
  const isKnown = form.get("client_id") === api.clientId && form.get("client_secret") === api.clientSecret;
  if (form.get("grant_type") === "client_credentials" && isKnown)
    return json(200, {
      access_token: issueToken(api.clientSecret, TOKEN_SECONDS),
      token_type: "bearer",
      expires_in: TOKEN_SECONDS - 1,
      scope: "CXS",
    });
  return errorReply(
    new FedexRefusal(
      401,
      "NOT.AUTHORIZED.ERROR",
      "The given client credentials were not valid. Please modify your request and try again.",
    ),
  );
}

/** The customer transaction id only comes back with the answer: asked twice, FedEx ships twice. */
function ship(api: FedexApi, body: Json): Json {
  const output = api.database.transaction(() => {
    const serviceType = textAt(body, "requestedShipment", "serviceType") ?? "";
    const fault = api.faults.take("fedex", ["lostParcel", "lateScan"], serviceType);
    const fate = fault === undefined ? "normal" : fault.kind === "lostParcel" ? "lost" : "late";
    return makeShipment(fedexLane(api.database), body, { nowMs: api.clock.now(), fate });
  });
  setImmediate(api.wake);
  return output;
}

/** FedEx takes the shipper's own id from the header, or from the body of older clients. */
function customerIdOf(request: Request): { readonly customerTransactionId?: string } {
  const header = request.headers["x-customer-transaction-id"];
  if (typeof header === "string") return { customerTransactionId: header };
  const fromBody = request.body.length > 0 ? textAt(parseJson(request.body), "customerTransactionId") : undefined;
  return fromBody === undefined ? {} : { customerTransactionId: fromBody };
}

function errorReply(refusal: FedexRefusal, request?: Request): Reply {
  const header = request?.headers["x-customer-transaction-id"];
  return json(refusal.status, {
    transactionId: randomUUID(),
    ...(typeof header === "string" ? { customerTransactionId: header } : {}),
    errors: [{ code: refusal.code, message: refusal.message }],
  });
}
