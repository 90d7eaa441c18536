import { ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import test from "ava";
import { startWorld, type World } from "./world.ts";

const eur = (minorUnits: bigint) => ({ currencyCode: "EUR", minorUnits });
const post = {
  id: "post",
  name: "Post",
  price: {
    case: "value" as const,
    value: {
      bands: [
        { fromValue: eur(0n), price: eur(490n) },
        { fromValue: eur(10_000n), price: eur(0n) },
      ],
    },
  },
  minDays: 2,
  maxDays: 4,
  carriers: ["ups", "fedex"],
};
const berlin = { id: "berlin", name: "Berlin", areas: [{ countryCode: "DE", postalPrefixes: ["10", "12", "13"] }] };

async function offered(world: World, fields: Parameters<World["quote"]>[0] = {}) {
  const options = (await world.quote(fields)).parcels?.[0]?.options ?? [];
  return options.map(({ id, price }) => [id, price?.minorUnits]);
}

test("a zone that is set decides what is offered there, and only there", async (t) => {
  const world = await startWorld(t);
  const set = await world.setZone({ ...berlin, methods: [post] });
  t.is(set?.etag, "1");
  t.deepEqual(await offered(world), [["post", 490n]]);
  t.deepEqual(await offered(world, { value: 10_000n }), [["post", 0n]]);
  t.true((await offered(world, { destination: { postalCode: "80331" } })).some(([id]) => id === "fedex-ground"));
});

test("zones are listed page by page, the world among them", async (t) => {
  const world = await startWorld(t);
  await world.setZone({ ...berlin, methods: [post] });
  const first = await world.zones(1);
  t.deepEqual(
    first.zones.map(({ id }) => id),
    ["berlin"],
  );
  t.not(first.nextPageToken, "");
  const { zones } = await world.zones();
  t.deepEqual(
    zones.map(({ id, etag }) => [id, etag]),
    [
      ["berlin", "1"],
      ["world", ""],
    ],
  );
});

test("of two who set a zone from the same reading the later is refused", async (t) => {
  const world = await startWorld(t);
  await world.setZone({ ...berlin, methods: [post] });
  await t.throwsAsync(world.setZone({ ...berlin, methods: [] }), { message: /zone changed/ });
  const next = await world.setZone({ ...berlin, etag: "1", methods: [post] });
  t.is(next?.etag, "2");
});

test("an area that another zone names is refused", async (t) => {
  const world = await startWorld(t);
  await world.setZone({ ...berlin, methods: [post] });
  const other = { ...berlin, id: "east", areas: [{ countryCode: "DE", postalPrefixes: ["12"] }], methods: [post] };
  await t.throwsAsync(world.setZone(other), { message: /zone overlap/ });
});

test("a zone without a way to send is not served", async (t) => {
  const world = await startWorld(t);
  await world.setZone({ ...berlin, methods: [] });
  await t.throwsAsync(world.quote(), { message: /destination not served/ });
});

test("a zone's own rate is carried by the carrier that it prefers, also once no zone offers it any more", async (t) => {
  const world = await startWorld(t, { hasUps: true });
  await world.setZone({ ...berlin, methods: [post] });
  const [first] = await world.create({ option: "post" });
  t.like(first, { carrier: "ups", service: "UPS Ground", state: ShipmentState.LABELLED });
  await world.setZone({ ...berlin, etag: "1", methods: [] });
  const [second] = await world.create({ option: "post" });
  t.like(second, { carrier: "ups", state: ShipmentState.LABELLED });
  // The world's own stay what they were, whatever becomes of it.
  await world.setZone({ id: "world", name: "World", methods: [] });
  const [third] = await world.create({ option: "flat-standard" });
  t.like(third, { carrier: "fedex", state: ShipmentState.LABELLED });
});
