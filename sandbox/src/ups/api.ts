import { randomUUID } from "node:crypto";
import type { Agenda, DueWork } from "../agenda.ts";
import type { Clock } from "../clock.ts";
import type { Database } from "../database.ts";
import { type Faults, withFaults } from "../faults.ts";
import { type Json, readJson, textAt } from "../fields.ts";
import { type Answer, json, type Reply, type Request, type Route } from "../http.ts";
import { announcements, type Lane } from "../parcels.ts";
import { issueToken, isTokenValid } from "../token.ts";
import type { Webhooks } from "../webhooks.ts";
import { quoteRates } from "./rates.ts";
import { UpsRefusal } from "./refusal.ts";
import { upsLane } from "./scans.ts";
import { countByReference, makeShipment, recoverLabel, voidShipment } from "./shipments.ts";
import { credentialOf, subscribe, trackingEvent, trackParcel } from "./tracking.ts";

const TOKEN_SECONDS = 14_400;

export type UpsApi = {
  readonly database: Database;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Wakes the agenda once parcels have new scans to come. */
  readonly wake: Agenda["wake"];
};

/** UPS's REST API, as far as a shop ships with it. */
export function upsRoutes(api: UpsApi): readonly Route[] {
  const now = api.clock.now;
  const lane = upsLane(api.database);
  const guarded = (operation: string, method: string, path: string, work: Work): Route =>
    route(api, { operation, method, path }, authorized(api, work));
  return [
    route(api, { operation: "token", method: "POST", path: "/security/v1/oauth/token" }, (request) =>
      answerToken(api, request),
    ),
    guarded("rates", "POST", "/api/rating/:version/:option", (body, { params }) =>
      quoteRates(body, params["option"] ?? "", now()),
    ),
    guarded("ship", "POST", "/api/shipments/:version/ship", (body) => ship(api, lane, body)),
    guarded("recover", "POST", "/api/labels/:version/recovery", (body) => recoverLabel(lane, body)),
    guarded("cancel", "DELETE", "/api/shipments/:version/void/cancel/:number", (_body, { params }) => {
      const output = api.database.transaction(() => voidShipment(lane, params["number"] ?? "", now()));
      setImmediate(api.wake);
      return output;
    }),
    guarded("track", "GET", "/api/track/:version/details/:number", (_body, { params }) =>
      trackParcel(lane, params["number"] ?? "", now()),
    ),
    guarded("subscribe", "POST", "/api/track/:version/subscription/standard/package", (body) => subscribe(lane, body)),
    // Admin: how many shipments stand under a reference.
    {
      method: "GET",
      path: "/sandbox/ups/references/:reference",
      answer: ({ params }) => json(200, { shipments: countByReference(lane, params["reference"] ?? "") }),
    },
  ];
}

/** Tells whoever subscribed of every scan as it falls due. */
export function upsAnnouncements(database: Database, webhooks: Pick<Webhooks, "enqueue">): DueWork {
  const lane = upsLane(database);
  return announcements(lane, (parcel, scan) => {
    const credential = credentialOf(lane, parcel.trackingNumber);
    // Without a subscription UPS tells nobody; what was before it is never told.
    if (credential === undefined) return;
    const eventId = `${parcel.trackingNumber}-${scan.position}`;
    const body = JSON.stringify(trackingEvent(parcel, scan));
    webhooks.enqueue({ provider: "ups", eventId, eventType: scan.code, body, secret: credential });
  });
}

type Work = (body: Json, request: Request) => Json;

function route(
  { faults }: UpsApi,
  { operation, method, path }: { readonly operation: string; readonly method: string; readonly path: string },
  answer: Answer,
): Route {
  const error = (status: number): Reply =>
    errorReply(new UpsRefusal(status, status === 503 ? "10400" : "10002", "A sandbox fault."));
  return { method, path, answer: withFaults(faults, { provider: "ups", operation }, { answer, error }) };
}

function authorized(api: UpsApi, work: Work): Answer {
  return (request) => {
    const [scheme, token = ""] = (request.headers.authorization ?? "").split(" ");
    if (scheme !== "Bearer" || !isTokenValid(api.clientSecret, token))
      return errorReply(new UpsRefusal(401, "250002", "Invalid Authentication Information."));
    try {
      const body = request.body.length === 0 ? {} : readJson(request.body);
      if (body === undefined) throw new UpsRefusal(400, "9370701", "Invalid processing data: the body is no JSON");
      return json(200, work(body, request));
    } catch (error) {
      if (error instanceof UpsRefusal) return errorReply(error);
      throw error;
    }
  };
}

/** UPS takes the client's id and secret as user and password. */
function answerToken(api: UpsApi, request: Request): Reply {
  const form = new URLSearchParams(request.body.toString());
  const expected = `Basic ${Buffer.from(`${api.clientId}:${api.clientSecret}`).toString("base64")}`;
  if (form.get("grant_type") !== "client_credentials" || request.headers.authorization !== expected)
    return errorReply(new UpsRefusal(401, "10401", "ClientId is Invalid"));
  return json(200, {
    token_type: "Bearer",
    issued_at: String(Date.now()),
    client_id: api.clientId,
    access_token: issueToken(api.clientSecret, TOKEN_SECONDS),
    expires_in: String(TOKEN_SECONDS - 1),
    status: "approved",
  });
}

function ship(api: UpsApi, lane: Lane, body: Json): Json {
  const output = api.database.transaction(() => {
    const code = textAt(body, "ShipmentRequest", "Shipment", "Service", "Code") ?? "";
    const fault = api.faults.take("ups", ["lostParcel", "lateScan"], code);
    const fate = fault === undefined ? "normal" : fault.kind === "lostParcel" ? "lost" : "late";
    return makeShipment(lane, body, { nowMs: api.clock.now(), fate });
  });
  setImmediate(api.wake);
  return output;
}

function errorReply({ status, code, message }: UpsRefusal): Reply {
  return json(
    status,
    { response: { errors: [{ code, message }] } },
    { bkndtransid: randomUUID(), errorcode: code, errordescription: message },
  );
}
