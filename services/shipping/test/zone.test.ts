import { money } from "@shopmesh/kernel";
import test from "ava";
import type { Address } from "../src/shipment.ts";
import {
  type Area,
  checkZone,
  defaultWorld,
  type Method,
  optionsOf,
  type Price,
  type Zone,
  zoneOf,
} from "../src/zone.ts";

const berlin = place("DE", "10115", "Berlin");
const eur = (minorUnits: bigint) => money("EUR", minorUnits);

function place(countryCode: string, postalCode: string, region = ""): Address {
  return { name: "n", line1: "l", line2: "", city: "c", region, postalCode, countryCode, phone: "" };
}

function area(countryCode: string, fields: Partial<Area> = {}): Area {
  return { countryCode, regions: [], postalPrefixes: [], ...fields };
}

function zone(id: string, areas: readonly Area[], methods: readonly Method[] = []): Zone {
  return { id, name: id, areas, methods, version: 1 };
}

function method(id: string, price: Price, fields: Partial<Method> = {}): Method {
  return { id, name: id, price, days: [1, 2], carriers: [], isFallback: false, ...fields };
}

const zones = [
  zone("germany", [area("DE")]),
  zone("berlin", [area("DE", { regions: ["Berlin"] })]),
  zone("mitte", [area("DE", { postalPrefixes: ["101"] })]),
  zone("invaliden", [area("DE", { postalPrefixes: ["10 115", "10117"] })]),
  zone("alps", [area("CH"), area("AT", { regions: ["Tirol"] })]),
];

const belongs = test.macro<[Address, string]>({
  exec(t, destination, id) {
    t.is(zoneOf(zones, destination).id, id);
    t.is(zoneOf(zones.toReversed(), destination).id, id);
  },
  title: (_, { countryCode, region, postalCode }, id) => `${countryCode} ${region} ${postalCode} belongs to ${id}`,
});
test(belongs, berlin, "invaliden");
test(belongs, place("DE", "10119", "Berlin"), "mitte");
test(belongs, place("DE", "12345", "berlin"), "berlin");
test(belongs, place("DE", "80331", "Bayern"), "germany");
test(belongs, place("AT", "6020", "Tirol"), "alps");
test(belongs, place("AT", "1010", "Wien"), "world");
test(belongs, place("CH", "8001"), "alps");

const flat: Price = {
  kind: "flat",
  prices: [{ base: eur(700n), perKilogram: eur(100n), abroad: eur(1_200n) }],
};
const bands: Price = {
  kind: "weight",
  bands: [
    { upToGrams: 5_000, prices: [eur(900n)] },
    { upToGrams: 1_000, prices: [eur(500n)] },
  ],
};
const freeAbove: Price = {
  kind: "value",
  bands: [
    { from: eur(0n), price: eur(490n) },
    { from: eur(5_000n), price: eur(0n) },
  ],
};

type Asked = { readonly grams?: number; readonly value?: bigint; readonly from?: Address };

const priced = test.macro<[Price, Asked, bigint | undefined]>({
  exec(t, price, asked, expected) {
    const { grams = 1, value = 100n, from = berlin } = asked;
    const parcel = { from, destination: berlin, weightGrams: grams, value: eur(value) };
    const [option] = optionsOf(zone("z", [], [method("m", price)]), parcel, new Map(), 0);
    t.is(option?.price.minorUnits, expected);
  },
  title: (_, { kind }, { grams = 1, value = 100n, from = berlin }, expected) =>
    `${kind}: ${grams} g worth ${value} from ${from.countryCode} cost ${expected}`,
});
test(priced, flat, {}, 800n);
test(priced, flat, { grams: 1_000 }, 800n);
test(priced, flat, { grams: 1_001 }, 900n);
test(priced, flat, { from: place("FR", "69800") }, 2_000n);
test(priced, bands, { grams: 1_000 }, 500n);
test(priced, bands, { grams: 1_001 }, 900n);
test(priced, bands, { grams: 5_001 }, undefined);
test(priced, freeAbove, { value: 4_999n }, 490n);
test(priced, freeAbove, { value: 5_000n }, 0n);

const parcel = { from: berlin, destination: berlin, weightGrams: 1, value: eur(100n) };
const ground = { serviceType: "FEDEX_GROUND", price: eur(1_001n), deliverMs: undefined };

test("a carrier's rates are offered with the zone's markup, services that are not offered and other currencies are left out", (t) => {
  const price: Price = { kind: "carrier", carrier: "fedex", serviceIds: [], markupBasisPoints: 1_000 };
  const rates = [
    ground,
    { ...ground, serviceType: "FEDEX_2_DAY", price: money("USD", 5n) },
    { ...ground, serviceType: "FREIGHT" },
  ];
  const some = (own: Price) =>
    optionsOf(zone("z", [], [method("m", own)]), parcel, new Map([["fedex", rates] as const]), 0);
  t.like(some(price)[0], { id: "fedex-ground", price: eur(1_101n), isFallback: false });
  t.is(some(price).length, 1);
  t.deepEqual(some({ ...price, serviceIds: ["fedex-2-day"] }), []);
});

test("what stands in for carriers is offered only where none of them has a rate, what is the zone's own always", (t) => {
  const own = zone("z", [], [...defaultWorld.methods, method("post", freeAbove)]);
  const offered = (rates: ReadonlyMap<"fedex" | "ups", readonly (typeof ground)[]>) =>
    optionsOf(own, parcel, rates, 0).map(({ id }) => id);
  t.deepEqual(offered(new Map([["ups", [{ ...ground, serviceType: "03" }]]])), ["post", "ups-ground"]);
  t.deepEqual(offered(new Map()), ["post", "flat-standard", "flat-express"]);
});

const refused = test.macro<[string, Zone, string]>({
  exec(t, _name, asked, reason) {
    t.like(
      t.throws(() => checkZone(asked, zones)),
      { name: "DomainError", reason },
    );
  },
  title: (_, name, _zone, reason) => `a zone with ${name} is refused: ${reason}`,
});
const carrier: Price = { kind: "carrier", carrier: "ups", serviceIds: ["fedex-ground"], markupBasisPoints: 0 };
test(refused, "an area of another", zone("new", [area("AT", { regions: ["tirol"] })]), "ZONE_OVERLAP");
test(refused, "two methods of one id", zone("new", [], [method("m", flat), method("m", bands)]), "ZONE_INVALID");
test(refused, "a carrier's id for its own", zone("new", [], [method("ups-ground", flat)]), "ZONE_INVALID");
test(refused, "days that run backwards", zone("new", [], [method("m", flat, { days: [3, 2] })]), "ZONE_INVALID");
test(refused, "another carrier's service", zone("new", [], [method("m", carrier)]), "RATE_OPTION_NOT_FOUND");
test(refused, "an area of the world", zone("world", [area("JP")]), "ZONE_INVALID");
test(
  refused,
  "a price of two currencies",
  zone(
    "new",
    [],
    [method("m", { kind: "flat", prices: [{ base: eur(1n), perKilogram: money("USD", 1n), abroad: undefined }] })],
  ),
  "ZONE_INVALID",
);
