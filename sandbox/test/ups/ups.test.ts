import test from "ava";
import type { ExecutionContext } from "ava";
import { hourMs, postJson, setClock, startWorld, switchOn, type World } from "../world.ts";

const client = { upsClientId: "ups_client", upsClientSecret: "ups_secret" };
const berlin = { AddressLine: ["Am Westhafen 1"], City: "Berlin", PostalCode: "13353", CountryCode: "DE" };
const munich = { AddressLine: ["Tal 1"], City: "München", PostalCode: "80331", CountryCode: "DE" };
const paris = { AddressLine: ["1 rue de Rivoli"], City: "Paris", PostalCode: "75001", CountryCode: "FR" };

type Errors = { readonly response: { readonly errors: readonly { readonly code: string }[] } };
type Shipped = {
  readonly ShipmentResponse: {
    readonly ShipmentResults: {
      readonly ShipmentIdentificationNumber: string;
      readonly PackageResults: readonly { readonly ShippingLabel: { readonly GraphicImage: string } }[];
    };
  };
};
type Tracked = {
  readonly trackResponse: {
    readonly shipment: readonly { readonly package: readonly { readonly activity: readonly Activity[] }[] }[];
  };
};
type Activity = { readonly status: { readonly code: string; readonly type: string } };
type Recovered = { readonly LabelRecoveryResponse: { readonly LabelResults: { readonly TrackingNumber: string } } };

function shipmentOf(to = munich, reference = "parcel-1", code = to === munich ? "03" : "11") {
  return {
    Shipper: { Name: "Shop", ShipperNumber: "A1B2C3", Address: berlin },
    ShipTo: { Name: "Ada Byron", Address: to },
    ShipFrom: { Name: "Shop", Address: berlin },
    Service: { Code: code },
    ReferenceNumber: { Value: reference },
    Package: [{ PackageWeight: { UnitOfMeasurement: { Code: "KGS" }, Weight: "1.5" } }],
  };
}

async function startUps(t: ExecutionContext) {
  const world = await startWorld(t, client);
  const response = await fetch(`${world.url}/security/v1/oauth/token`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from("ups_client:ups_secret").toString("base64")}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  const { access_token: token } = (await response.json()) as { readonly access_token: string };
  const headers = { authorization: `Bearer ${token}` };
  const ask = async <Body>(method: string, path: string, body?: unknown) => {
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await fetch(`${world.url}${path}`, init);
    return { status: answer.status, body: (await answer.json()) as Body };
  };
  const ship = async (reference = "parcel-1"): Promise<string> => {
    const request = { ShipmentRequest: { Shipment: shipmentOf(munich, reference) } };
    const { body } = await ask<Shipped>("POST", "/api/shipments/v2409/ship", request);
    return body.ShipmentResponse.ShipmentResults.ShipmentIdentificationNumber;
  };
  const codes = async (number: string): Promise<readonly string[]> => {
    const { body } = await ask<Tracked>("GET", `/api/track/v1/details/${number}`);
    return (body.trackResponse.shipment[0]?.package[0]?.activity ?? []).map(({ status }) => status.code).toReversed();
  };
  const follow = (number: string) =>
    ask("POST", "/api/track/v1/subscription/standard/package", {
      locale: "en_US",
      countryCode: "US",
      trackingNumberList: [number],
      destination: { url: `${world.receiver.url}/webhooks/ups`, credentialType: "Bearer", credential: "told-to-us" },
    });
  return { world, ask, ship, codes, follow };
}

function told(world: World): readonly string[] {
  return world.receiver.received.map(
    ({ body }) => (JSON.parse(body) as { readonly activityStatus: { readonly code: string } }).activityStatus.code,
  );
}

test("a call without a valid token is refused", async (t) => {
  const world = await startWorld(t, client);
  const { status, body } = await postJson<Errors>(`${world.url}/api/rating/v2409/Shop`, {});
  t.is(status, 401);
  t.is(body.response.errors[0]?.code, "250002");
});

test("rates are quoted for every service between two addresses, in the currency of where it leaves", async (t) => {
  const { ask } = await startUps(t);
  type Rates = {
    readonly RateResponse: {
      readonly RatedShipment: readonly {
        readonly Service: { readonly Code: string };
        readonly TotalCharges: unknown;
      }[];
    };
  };
  const rates = async (to: typeof munich) =>
    (await ask<Rates>("POST", "/api/rating/v2409/Shop", { RateRequest: { Shipment: shipmentOf(to) } })).body;
  const [ground, ...others] = (await rates(munich)).RateResponse.RatedShipment;
  // (949 + 7 zones × 60 + 2 kg × 140) cents × 0.92 = 1517.08 cents.
  t.like(ground, { Service: { Code: "03" }, TotalCharges: { CurrencyCode: "EUR", MonetaryValue: "15.17" } });
  t.is(others.length, 2);
  t.deepEqual(
    (await rates(paris)).RateResponse.RatedShipment.map(({ Service }) => Service.Code),
    ["11", "08", "65"],
  );
});

test("a shipment has a label and a number with UPS's check digit; asked twice, UPS ships twice", async (t) => {
  const { ask, ship } = await startUps(t);
  const request = { ShipmentRequest: { Shipment: shipmentOf() } };
  const { body } = await ask<Shipped>("POST", "/api/shipments/v2409/ship", request);
  const { ShipmentIdentificationNumber: number, PackageResults } = body.ShipmentResponse.ShipmentResults;
  t.regex(number, /^1ZA1B2C303\d{8}$/);
  const image = Buffer.from(PackageResults[0]?.ShippingLabel.GraphicImage ?? "", "base64");
  t.is(image.subarray(1, 4).toString(), "PNG");
  t.not(await ship(), number);
});

test("a label is recovered by the shipper's reference until it is voided", async (t) => {
  const { ask, ship } = await startUps(t);
  const number = await ship("parcel-7");
  const recover = (reference: string) =>
    ask<Recovered & Errors>("POST", "/api/labels/v1/recovery", {
      LabelRecoveryRequest: { ReferenceValues: { ReferenceNumber: { Value: reference }, ShipperNumber: "A1B2C3" } },
    });
  t.is((await recover("parcel-7")).body.LabelRecoveryResponse.LabelResults.TrackingNumber, number);
  t.is((await recover("parcel-8")).body.response.errors[0]?.code, "300100");
  t.is((await ask("DELETE", `/api/shipments/v2409/void/cancel/${number}`)).status, 200);
  t.is((await recover("parcel-7")).status, 400);
});

test("a service that does not reach is refused", async (t) => {
  const { ask } = await startUps(t);
  const request = { ShipmentRequest: { Shipment: shipmentOf(paris, "parcel-1", "03") } };
  const { status, body } = await ask<Errors>("POST", "/api/shipments/v2409/ship", request);
  t.is(status, 400);
  t.is(body.response.errors[0]?.code, "111210");
});

test("a parcel moves by the virtual clock to its door, and whoever subscribed is told each scan once", async (t) => {
  const { world, ship, codes, follow } = await startUps(t);
  const [number, unheard] = [await ship(), await ship("parcel-2")];
  t.is((await follow(number)).status, 200);
  t.deepEqual(await codes(number), ["MP"]);
  await setClock(world, 49 * hourMs);
  t.deepEqual(await codes(unheard), ["MP", "OR", "DP", "AR", "YP", "OT", "FS"]);
  await world.receiver.until((all) => all.length >= 6);
  t.deepEqual(told(world).toSorted(), ["AR", "DP", "FS", "OR", "OT", "YP"]);
  for (const { path, headers, body } of world.receiver.received) {
    t.is(path, "/webhooks/ups");
    t.is(headers["credential"], "told-to-us");
    t.true(body.includes(number));
  }
});

test("a lost parcel ends in an exception, by a fault or by the administrator", async (t) => {
  const { world, ship, codes } = await startUps(t);
  await switchOn(world, { provider: "ups", kind: "lostParcel" });
  const [lost, later] = [await ship(), await ship("parcel-2")];
  await setClock(world, 41 * hourMs);
  await postJson(`${world.url}/sandbox/parcels/${later}`, { fate: "lost" });
  await setClock(world, 500 * hourMs);
  t.deepEqual(await codes(lost), ["MP", "OR", "DP", "AR", "LX"]);
  t.deepEqual(await codes(later), ["MP", "OR", "DP", "AR", "YP", "LX"]);
});

test("a late scan is told after the ones that followed it", async (t) => {
  const { world, ship, codes } = await startUps(t);
  await switchOn(world, { provider: "ups", kind: "lateScan" });
  const number = await ship();
  await setClock(world, 41 * hourMs);
  t.deepEqual(await codes(number), ["MP", "OR", "DP", "YP"]);
  await setClock(world, 42.5 * hourMs);
  t.deepEqual(await codes(number), ["MP", "OR", "DP", "AR", "YP"]);
});

test("a shipment is voided before UPS has it and not after", async (t) => {
  const { world, ask, ship } = await startUps(t);
  const [early, late] = [await ship(), await ship("parcel-2")];
  const cancel = (number: string) => ask<Errors>("DELETE", `/api/shipments/v2409/void/cancel/${number}`);
  t.is((await cancel(early)).status, 200);
  t.is((await cancel(early)).body.response.errors[0]?.code, "190117");
  await setClock(world, 6 * hourMs);
  t.is((await cancel(late)).body.response.errors[0]?.code, "190101");
});

test("a fault answers with the carrier's own error, and a ship request may lose its answer", async (t) => {
  const { world, ask, ship } = await startUps(t);
  await switchOn(world, { provider: "ups", kind: "error", status: 503, operation: "track" });
  const { status, body } = await ask<Errors>("GET", "/api/track/v1/details/1Z");
  t.is(status, 503);
  t.is(body.response.errors[0]?.code, "10400");
  await switchOn(world, { provider: "ups", kind: "resetAfter", operation: "ship" });
  await t.throwsAsync(ship("parcel-9"));
  t.deepEqual((await ask("GET", "/sandbox/ups/references/parcel-9")).body, { shipments: 1 });
});
