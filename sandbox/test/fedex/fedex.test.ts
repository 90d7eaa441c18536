import { createHmac } from "node:crypto";
import test from "ava";
import { hourMs, postJson, secrets, setClock, startWorld, switchOn } from "../world.ts";
import {
  accountNumber,
  numberOf,
  recipient,
  scanCodes,
  ship,
  shipRequest,
  shipper,
  signIn,
  track,
  trackReference,
  type ErrorReply,
  type RateReply,
  type ShipReply,
  type TrackReply,
} from "./client.ts";

test("a call without a valid token is refused", async (t) => {
  const world = await startWorld(t);
  const { status, body } = await postJson<ErrorReply>(
    `${world.url}/track/v1/trackingnumbers`,
    {},
    { headers: { authorization: "Bearer 1.x" } },
  );
  t.is(status, 401);
  t.is(body.errors[0]?.code, "NOT.AUTHORIZED.ERROR");
});

test("rates are quoted for every service between two addresses, the same every time", async (t) => {
  const client = await signIn(await startWorld(t));
  const request = {
    accountNumber,
    requestedShipment: {
      shipper,
      recipient,
      preferredCurrency: "EUR",
      rateRequestType: ["ACCOUNT"],
      requestedPackageLineItems: [{ weight: { units: "LB", value: 2 } }],
    },
  };
  const { body } = await client<RateReply>("/rate/v1/rates/quotes", request);
  const rates = body.output.rateReplyDetails.map(({ serviceType, ratedShipmentDetails: [rate] }) => [
    serviceType,
    rate?.totalNetCharge,
    rate?.currency,
  ]);
  // (899 + 7 zones × 55 + 2 lb × 62) cents × 0.92 = 1295.36 cents.
  t.deepEqual(rates[0], ["FEDEX_GROUND", 12.95, "EUR"]);
  t.is(rates.length, 5);
});

test("a shipment gets a label and a tracking number for each package", async (t) => {
  const client = await signIn(await startWorld(t));
  const { body } = await client<ShipReply>("/ship/v1/shipments", shipRequest(2));
  const [shipment] = body.output.transactionShipments;
  t.is(new Set(shipment?.pieceResponses.map(({ trackingNumber }) => trackingNumber)).size, 2);
  t.is(shipment?.masterTrackingNumber, shipment?.pieceResponses[0]?.trackingNumber);
  const label = Buffer.from(shipment?.pieceResponses[0]?.packageDocuments[0]?.encodedLabel ?? "", "base64").toString(
    "latin1",
  );
  t.regex(label, /^%PDF-1\.4[\s\S]*%%EOF\n$/);
  t.true(label.includes(shipment?.masterTrackingNumber ?? "?"));
  const png = await client<ShipReply>("/ship/v1/shipments", shipRequest(1, "PNG"));
  const image = png.body.output.transactionShipments[0]?.pieceResponses[0]?.packageDocuments[0]?.encodedLabel ?? "";
  t.is(Buffer.from(image, "base64").subarray(1, 4).toString(), "PNG");
});

test("a shipment asked for twice is made twice, and its transaction id only comes back with the answer", async (t) => {
  const client = await signIn(await startWorld(t));
  const options = { transactionId: "parcel-1" };
  const [first, second] = [
    await client<ShipReply>("/ship/v1/shipments", shipRequest(), options),
    await client<ShipReply>("/ship/v1/shipments", shipRequest(), options),
  ];
  t.deepEqual([first.body.customerTransactionId, second.body.customerTransactionId], ["parcel-1", "parcel-1"]);
  t.not(numberOf(first.body), numberOf(second.body));
});

test("parcels are found by their customer reference, the cancelled among them too", async (t) => {
  const client = await signIn(await startWorld(t));
  const first = await ship(client, "parcel-1");
  const second = await ship(client, "parcel-1");
  await ship(client, "parcel-2");
  await client("/ship/v1/shipments/cancel", { accountNumber, trackingNumber: first }, { method: "PUT" });
  const codes = (await trackReference(client, "parcel-1")).map(({ trackingNumber, trackResults: [result] }) => [
    trackingNumber,
    result?.latestStatusDetail?.code,
  ]);
  t.deepEqual(Object.fromEntries(codes), { [first]: "CA", [second]: "OC" });
});

test("an unknown customer reference is an error of its own entry, one without its account is refused", async (t) => {
  const client = await signIn(await startWorld(t));
  const [entry] = await trackReference(client, "parcel-9");
  t.is(entry?.trackResults[0]?.error?.code, "TRACKING.REFERENCENUMBER.NOTFOUND");
  const referencesInformation = { type: "CUSTOMER_REFERENCE", value: "parcel-9" };
  const { status, body } = await client<ErrorReply>("/track/v1/referencenumbers", { referencesInformation });
  t.is(status, 400);
  t.is(body.errors[0]?.code, "TRACKING.REFERENCEDATA.INCOMPLETE");
});

test("a parcel moves by the virtual clock to its door in two days", async (t) => {
  const world = await startWorld(t);
  const client = await signIn(world);
  const trackingNumber = await ship(client);
  t.deepEqual(await scanCodes(client, trackingNumber), ["OC"]);
  await setClock(world, 5 * hourMs);
  t.deepEqual(await scanCodes(client, trackingNumber), ["OC", "PU"]);
  await setClock(world, 49 * hourMs);
  t.deepEqual(await scanCodes(client, trackingNumber), ["OC", "PU", "DP", "AR", "IT", "OD", "DL"]);
  t.is((await track(client, trackingNumber)).latestStatusDetail?.code, "DL");
});

test("each scan is told once by a signed webhook in the shape of a track reply", async (t) => {
  const world = await startWorld(t);
  const trackingNumber = await ship(await signIn(world));
  await setClock(world, 49 * hourMs);
  await world.receiver.until((all) => all.length === 7);
  const codes = world.receiver.received.map(({ path, headers, body }) => {
    t.is(path, "/webhooks/fedex");
    t.is(headers["fdx-signature"], createHmac("sha256", secrets.fedexWebhookSecret).update(body).digest("hex"));
    const [result] = (JSON.parse(body) as TrackReply).output.completeTrackResults;
    t.is(result?.trackingNumber, trackingNumber);
    return result?.trackResults[0]?.latestStatusDetail?.code ?? "";
  });
  t.deepEqual(codes.toSorted(), ["AR", "DL", "DP", "IT", "OC", "OD", "PU"]);
});

test("a lost parcel ends in an exception and is never delivered", async (t) => {
  const world = await startWorld(t);
  const client = await signIn(world);
  await switchOn(world, { provider: "fedex", kind: "lostParcel" });
  const trackingNumber = await ship(client);
  await setClock(world, 500 * hourMs);
  t.deepEqual(await scanCodes(client, trackingNumber), ["OC", "PU", "DP", "AR", "SE"]);
});

test("a parcel on its way can be lost by the administrator", async (t) => {
  const world = await startWorld(t);
  const client = await signIn(world);
  const trackingNumber = await ship(client);
  await setClock(world, 45 * hourMs);
  const { status } = await postJson(`${world.url}/sandbox/parcels/${trackingNumber}`, {
    fate: "lost",
  });
  t.is(status, 200);
  await setClock(world, 500 * hourMs);
  t.deepEqual(await scanCodes(client, trackingNumber), ["OC", "PU", "DP", "AR", "IT", "OD", "SE"]);
});

test("a late scan is told after the scans that followed it", async (t) => {
  const world = await startWorld(t);
  const client = await signIn(world);
  await switchOn(world, { provider: "fedex", kind: "lateScan" });
  const trackingNumber = await ship(client);
  await setClock(world, 31 * hourMs);
  t.deepEqual(await scanCodes(client, trackingNumber), ["OC", "PU", "DP", "IT"]);
  await setClock(world, 43 * hourMs);
  t.deepEqual(await scanCodes(client, trackingNumber), ["OC", "PU", "DP", "AR", "IT"]);
});

test("a shipment is cancelled once before its pickup and not after", async (t) => {
  const world = await startWorld(t);
  const client = await signIn(world);
  const cancel = async (trackingNumber: string): Promise<number> =>
    (
      await client(
        "/ship/v1/shipments/cancel",
        { accountNumber, trackingNumber, deletionControl: "DELETE_ALL_PACKAGES" },
        { method: "PUT" },
      )
    ).status;
  const [early, late] = [await ship(client), await ship(client)];
  t.is(await cancel(early), 200);
  t.is(await cancel(early), 400);
  await setClock(world, 49 * hourMs);
  t.deepEqual(await scanCodes(client, early), ["OC", "CA"]);
  t.is(await cancel(late), 400);
});

test("a ship request whose answer got lost is found by its customer reference", async (t) => {
  const world = await startWorld(t);
  const client = await signIn(world);
  await switchOn(world, { provider: "fedex", kind: "resetAfter", operation: "ship" });
  await t.throwsAsync(ship(client, "parcel-9"));
  const [{ trackingNumber } = { trackingNumber: "" }] = await trackReference(client, "parcel-9");
  await world.receiver.until((all) => all.length > 0);
  t.true(world.receiver.received.every(({ body }) => body.includes(trackingNumber)));
});

test("an unknown tracking number is an error of its own entry", async (t) => {
  const client = await signIn(await startWorld(t));
  t.is((await track(client, "000000000000")).error?.code, "TRACKING.TRACKINGNUMBER.NOTFOUND");
});

test("a fault answers with the carrier's own error", async (t) => {
  const world = await startWorld(t);
  const client = await signIn(world);
  await switchOn(world, { provider: "fedex", kind: "error", status: 503, operation: "track" });
  const { status, body } = await client<ErrorReply>("/track/v1/trackingnumbers", {});
  t.is(status, 503);
  t.is(body.errors[0]?.code, "SERVICE.UNAVAILABLE.ERROR");
});
