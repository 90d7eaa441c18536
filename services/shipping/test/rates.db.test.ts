import test from "ava";
import { lyon, startWorld, type World } from "./world.ts";

async function optionsOf(world: World, fields: Parameters<World["quote"]>[0] = {}) {
  const { parcels = [] } = await world.quote(fields);
  return parcels[0]?.options ?? [];
}

test("the carrier's services are offered, the cheapest first", async (t) => {
  const world = await startWorld(t);
  const options = await optionsOf(world);
  t.like(options[0], { id: "fedex-ground", carrier: "fedex", service: "FedEx Ground", isFallback: false });
  const prices = options.map(({ price }) => Number(price?.minorUnits));
  t.deepEqual(
    prices,
    prices.toSorted((left, right) => left - right),
  );
  t.true(options.length > 3);
});

test("abroad other services are offered", async (t) => {
  const world = await startWorld(t);
  const [first] = await optionsOf(world, { destination: { countryCode: "FR" } });
  t.is(first?.id, "fedex-international-connect-plus");
});

test("what is offered goes by where the parcel leaves from", async (t) => {
  const world = await startWorld(t);
  const [toGermany] = await optionsOf(world, { from: lyon });
  t.is(toGermany?.id, "fedex-international-connect-plus");
  const [withinFrance] = await optionsOf(world, {
    from: lyon,
    destination: { countryCode: "FR", postalCode: "75001" },
  });
  t.is(withinFrance?.id, "fedex-ground");
});

const flat = ["flat-standard", "flat-express"];

test("flat rates stand in for a carrier that is down", async (t) => {
  const world = await startWorld(t);
  await world.switchOn({ kind: "error", operation: "rates", status: 503 });
  const options = await optionsOf(world);
  t.deepEqual(
    options.map(({ id }) => id),
    flat,
  );
  t.true(options.every(({ isFallback }) => isFallback));
});

test("flat rates stand in for a carrier that is slow", async (t) => {
  const world = await startWorld(t, { timeoutMs: 300 });
  await world.switchOn({ kind: "slow", operation: "rates", delayMs: 5_000 });
  t.deepEqual(
    (await optionsOf(world)).map(({ id }) => id),
    flat,
  );
});

test("flat rates stand in for a carrier that nobody reaches", async (t) => {
  const world = await startWorld(t, { url: "http://127.0.0.1:9" });
  t.deepEqual(
    (await optionsOf(world)).map(({ id }) => id),
    flat,
  );
});

test("flat rates are told to a buyer who has not told a postal code yet", async (t) => {
  const world = await startWorld(t);
  t.deepEqual(
    (await optionsOf(world, { destination: { postalCode: "" } })).map(({ id }) => id),
    flat,
  );
});

test("a token is asked for once, whatever the number of parcels", async (t) => {
  const world = await startWorld(t);
  // A second question for a token would fail.
  await optionsOf(world);
  await world.switchOn({ kind: "error", operation: "token", count: 100, status: 503 });
  const quotes = await Promise.all(Array.from({ length: 5 }, () => optionsOf(world)));
  t.true(quotes.every(([first]) => first?.id === "fedex-ground"));
});
