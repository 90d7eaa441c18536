import { DomainError } from "@shopmesh/kernel";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { captureTurn, nextRank } from "../src/capture.ts";
import { confirm, place, type PlacedGroup, placeQuote } from "../src/group.ts";
import { hold, isCancellable, type Order, resume } from "../src/order.ts";
import { holdByPerson, holdReasons, holdUnpaid, resumePaid } from "../src/owing.ts";
import { draftParcels, MAX_PARCEL_GRAMS, priceParcels } from "../src/packing.ts";
import { moveParcel, nextParcelStates, type Parcel, type ParcelState } from "../src/parcel.ts";
import {
  callParcelOff,
  captureParcel,
  deliverParcel,
  openParcels,
  parcelsOf,
  sendParcel,
  settleOrder,
  splitParcel,
  turnParcelBack,
} from "../src/parcels.ts";
import { beginParcelRefund, restsOf, settleRefund } from "../src/refunding.ts";
import { buildQuote, type Discount } from "../src/quote.ts";
import { choice, eur, nowMs, offer, placement, quoteInput, taxRate } from "./fixtures.ts";

const states = Object.keys(nextParcelStates) as ParcelState[];
const moves = test.macro({
  exec: (t: ExecutionContext, from: ParcelState, to: ParcelState) => {
    const parcel = { ...parcelsOf(planned())[0], id: "p", state: from } as Parcel;
    if (from === to || nextParcelStates[from].includes(to)) t.is(moveParcel(parcel, to).state, to);
    else
      t.like(
        t.throws(() => moveParcel(parcel, to), { instanceOf: DomainError }),
        { reason: "PARCEL_STATE" },
      );
  },
  title: (_, from, to) => `parcel ${from} ${nextParcelStates[from].includes(to) ? "->" : "-/->"} ${to}`,
});
for (const from of states) for (const to of states) test(moves, from, to);

test("split a sum by largest remainder: the parcels of an order add up to its total, its lines, its delivery and its taxes, for any goods anywhere", (t) => {
  const goods = fc.array(
    fc.record({
      cents: fc.integer({ min: 0, max: 1e6 }),
      platformPercent: fc.integer({ min: 0, max: 100 }),
      places: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
      grams: fc.integer({ min: 0, max: 90_000 }),
    }),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(goods, fc.integer({ min: 0, max: 5000 }), fc.boolean(), (wanted, shipping, isInclusive) => {
      const order = orderOf(wanted, shipping, isInclusive);
      const allocated = wanted.flatMap(({ places }, sku) =>
        places.map((quantity, place) => ({ sku: `S${sku}`, quantity, locationId: `l${place}` })),
      );
      const parcels = priceParcels(order, draftParcels(order.lines, allocated));
      const sum = (amounts: readonly bigint[]) => amounts.reduce((all, amount) => all + amount, 0n);
      const pieces = parcels.flatMap(({ lines }) => lines);
      return (
        sum(parcels.map(({ amount }) => amount.minorUnits)) === order.totals.total.minorUnits &&
        sum(parcels.map(({ shippingTax }) => shippingTax.minorUnits)) === order.shipping.tax.amount.minorUnits &&
        parcels.every(({ amount }) => amount.minorUnits >= 0n) &&
        new Set(parcels.map(({ key }) => key)).size === parcels.length &&
        order.lines.every((line) => {
          const own = pieces.filter(({ lineId }) => lineId === line.id);
          return (
            own.reduce((all, { quantity }) => all + quantity, 0) === line.quantity &&
            sum(own.map(({ amount }) => amount.minorUnits)) === line.total.minorUnits &&
            sum(own.map(({ tax }) => tax.minorUnits)) === line.tax.amount.minorUnits &&
            sum(own.map(({ platformShare }) => platformShare?.minorUnits ?? 0n)) === line.platformDiscount?.minorUnits
          );
        })
      );
    }),
  );
  t.pass();
});

test("split a sum by largest remainder: pieces that are taken out of a parcel and the rest add up to it, however often", (t) => {
  const takings = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 20, max: 40 }), takings, (cents, pieces, takes) => {
      const order = orderOf([{ cents, places: [pieces], grams: 1, platformPercent: 30 }], 490, true);
      const allocated = [{ sku: "S0", quantity: pieces, locationId: "l" }];
      const [first] = priceParcels(order, draftParcels(order.lines, allocated));
      if (first === undefined) return false;
      const planned = openParcels(order, [{ id: "p", ...first }], nowMs);
      const lineId = order.lines[0]?.id ?? "";
      const split = takes.reduce(
        (present, quantity, index) =>
          splitParcel(present, "p", { id: `off${index}`, pieces: [{ lineId, quantity }] }, nowMs),
        planned,
      );
      const parcels = parcelsOf(split);
      const sum = (amounts: readonly bigint[]) => amounts.reduce((all, amount) => all + amount, 0n);
      const lines = parcels.flatMap((parcel) => parcel.lines);
      return (
        sum(parcels.map(({ amount }) => amount.minorUnits)) === order.totals.total.minorUnits &&
        sum(lines.map(({ tax }) => tax.minorUnits)) === order.lines[0]?.tax.amount.minorUnits &&
        sum(lines.map(({ platformShare }) => platformShare?.minorUnits ?? 0n)) ===
          order.lines[0].platformDiscount?.minorUnits &&
        lines.reduce((all, { quantity }) => all + quantity, 0) === pieces &&
        parcels.every(({ amount }) => amount.minorUnits >= 0n)
      );
    }),
  );
  t.pass();
});

test("no parcel weighs more than a carrier takes, but for a single piece that does", (t) => {
  const order = orderOf([{ cents: 100, places: [7], grams: 20_000 }], 0, true);
  const drafts = draftParcels(order.lines, [{ sku: "S0", quantity: 7, locationId: "l" }]);
  t.deepEqual(
    drafts.map(({ lines }) => lines.map(({ quantity }) => quantity)),
    [[3], [3], [1]],
  );
  t.true(3 * 20_000 <= MAX_PARCEL_GRAMS);
});

test("goods that were not ordered, or were not allocated, make no parcels", (t) => {
  const { lines } = orderOf([{ cents: 100, places: [2], grams: 1 }], 0, true);
  for (const quantity of [1, 3]) {
    const error = t.throws(() => draftParcels(lines, [{ sku: "S0", quantity, locationId: "l" }]), {
      instanceOf: DomainError,
    });
    t.is(error.reason, "ALLOCATION_MISMATCH");
  }
});

test("partial shipment: an order's money and goods are where its parcels are", (t) => {
  const [first = "", second = ""] = parcelsOf(planned()).map(({ id }) => id);
  const told = (order: Order) => [order.state, order.fulfilmentState, order.paymentState, isCancellable(order)];
  const one = captureParcel(sendParcel(planned(), first, { rank: 1, shipMs: nowMs }, nowMs), first, nowMs);
  t.deepEqual(told(one), ["processing", "partially-shipped", "partially-captured", true]);
  const off = callParcelOff(turnParcelBack(one, second, "MISTAKE", nowMs), second, nowMs);
  t.deepEqual(told(off), ["processing", "shipped", "captured", false]);
  const ended = settleOrder(deliverParcel(off, first, nowMs, nowMs), nowMs);
  t.deepEqual(told(ended), ["completed", "delivered", "captured", false]);
  const neither = [first, second].reduce(
    (order, id) => callParcelOff(turnParcelBack(order, id, "MISTAKE", nowMs), id, nowMs),
    planned(),
  );
  t.deepEqual(told(settleOrder(neither, nowMs)), ["cancelled", "cancelled", "voided", false]);
});

test("what can be given back of an order is what was taken for its parcels", (t) => {
  const [first] = parcelsOf(planned());
  if (first === undefined) return t.fail();
  t.true(restsOf(planned()).every(({ amount }) => amount.minorUnits === 0n));
  const taken = captureParcel(sendParcel(planned(), first.id, { rank: 1, shipMs: nowMs }, nowMs), first.id, nowMs);
  const rests = restsOf(taken).reduce((sum, { amount }) => sum + amount.minorUnits, 0n);
  t.is(rests, first.amount.minorUnits);
  const refunding = beginParcelRefund(taken, first, { id: "r", reason: "PARCEL_LOST" }, nowMs);
  const refunded = settleRefund(refunding, "r", nowMs);
  t.deepEqual(refunded.refunded, first.amount);
  t.is(refunded.paymentState, "partially-refunded");
});

test("what a marketplace pays of a parcel that is lost comes back for that parcel alone, where its buyer pays nothing too", (t) => {
  const free = orderOf([{ cents: 999, places: [1, 2], grams: 1, platformPercent: 100 }], 0, true);
  const shared = { ...free, shipping: { ...free.shipping, platformDiscount: eur(491) } };
  const sent = sendAll(shared, { north: 1, south: 2 });
  const given = ["p-north", "p-south"].reduce((order, id) => {
    const parcel = parcelsOf(order).find((candidate) => candidate.id === id);
    return parcel === undefined ? order : beginParcelRefund(order, parcel, { id, reason: "PARCEL_LOST" }, nowMs);
  }, sent);
  const shares = given.refunds?.map(({ parts }) => parts.map(({ platformShare }) => platformShare?.minorUnits));
  t.deepEqual(shares, [
    [999n, 246n],
    [1_998n, 245n],
  ]);
  t.true(restsOf(given).every(({ quantity, platformShare }) => quantity === 0 && platformShare === undefined));
});

test("the last parcel of a group to leave waits for those before it, and is the one that is final", (t) => {
  let group = groupOf(planned());
  const [first = "", second = ""] = parcelsOf(planned()).map(({ id }) => id);
  group = withOrder(group, sendParcel(orderIn(group), first, { rank: nextRank(group), shipMs: nowMs }, nowMs));
  t.is(captureTurn(group, first), "not-last");
  group = withOrder(group, sendParcel(orderIn(group), second, { rank: nextRank(group), shipMs: nowMs }, nowMs));
  t.deepEqual([captureTurn(group, first), captureTurn(group, second)], ["not-last", "wait"]);
  group = withOrder(group, captureParcel(orderIn(group), first, nowMs));
  t.is(captureTurn(group, second), "last");
});

test("any open <-> ON_HOLD: what happens meanwhile is where it goes on from", (t) => {
  const confirmed = orderOf([{ cents: 100, places: [1, 1], grams: 1 }], 0, true);
  const held = hold(confirmed, "FRAUD_REVIEW", nowMs);
  t.like(held, { state: "on-hold", heldState: "confirmed", holdReason: "FRAUD_REVIEW" });
  const opened = openParcels(held, [], nowMs);
  t.like(opened, { state: "on-hold", heldState: "processing" });
  t.like(resume(opened, nowMs), { state: "processing", holdReason: "" });
  t.throws(() => hold({ ...confirmed, state: "completed" }, "X", nowMs), { instanceOf: DomainError });
});

test("any open <-> ON_HOLD: what a person holds goes on by that person's word alone, whatever it was held for before", (t) => {
  const group = groupOf(planned());
  const unpaid = holdUnpaid(group, holdReasons.owed, nowMs);
  t.is(orderIn(unpaid).holdReason, "PAYMENT_OWED");
  t.is(orderIn(resumePaid(unpaid, nowMs)).state, "processing");
  const held = withOrder(unpaid, holdByPerson(orderIn(unpaid), "FRAUD_REVIEW", nowMs));
  t.like(orderIn(held), { state: "on-hold", holdReason: "FRAUD_REVIEW", version: orderIn(unpaid).version + 1 });
  t.is(resumePaid(held, nowMs), held);
  t.is(holdByPerson(orderIn(held), "FRAUD_REVIEW", nowMs), orderIn(held));
});

type Goods = {
  readonly cents: number;
  readonly places: readonly number[];
  readonly grams: number;
  /** How much of their price the marketplace pays. */
  readonly platformPercent?: number;
};

/** A confirmed order of one seller. */
function orderOf(goods: readonly Goods[], shipping: number, isInclusive: boolean): Order {
  const quote = buildQuote(
    quoteInput({
      items: goods.map(({ places }, sku) => ({ sku: `S${sku}`, quantity: places.reduce((sum, one) => sum + one, 0) })),
      offers: goods.map(({ cents, grams }, sku) => ({ ...offer(`S${sku}`, "s1", cents), weightGrams: grams })),
      choices: new Map([["s1", [choice("std", shipping)]]]),
      taxRates: [taxRate("DE", 1925, { isInclusive })],
      discounts: goods.flatMap((one, sku) => platformDiscount(`S${sku}`, one)),
    }),
  );
  const [order] = confirm(place(placeQuote(quote, placement(quote)), nowMs), nowMs).orders;
  if (order === undefined) throw new Error("the quote made no order");
  return order;
}

/** What the marketplace pays of these goods. */
function platformDiscount(sku: string, { cents, places, platformPercent = 0 }: Goods): readonly Discount[] {
  const pieces = places.reduce((sum, one) => sum + one, 0);
  const amount = eur(Math.floor((cents * pieces * platformPercent) / 100));
  return amount.minorUnits === 0n ? [] : [{ sku, promotionId: "p", label: "From us", amount, platformAmount: amount }];
}

/** An order of two pieces in two parcels. */
function planned(): Order {
  return plan(orderOf([{ cents: 999, places: [1, 1], grams: 1 }], 491, true), { north: 1, south: 1 });
}

/** The order with so many pieces of its goods in a parcel of each place. */
function plan(order: Order, pieces: Readonly<Record<string, number>>): Order {
  const allocated = Object.entries(pieces).map(([locationId, quantity]) => ({ sku: "S0", quantity, locationId }));
  const parcels = priceParcels(order, draftParcels(order.lines, allocated));
  return openParcels(
    order,
    parcels.map((parcel) => ({ id: `p-${parcel.key}`, ...parcel })),
    nowMs,
  );
}

/** The order with all these parcels on their way, and paid for. */
function sendAll(order: Order, pieces: Readonly<Record<string, number>>): Order {
  const open = plan(order, pieces);
  return parcelsOf(open).reduce(
    (sent, { id }, index) => captureParcel(sendParcel(sent, id, { rank: index + 1, shipMs: nowMs }, nowMs), id, nowMs),
    open,
  );
}

function groupOf(order: Order): PlacedGroup {
  const quote = buildQuote(quoteInput());
  return { ...placeQuote(quote, placement(quote)), orders: [order] };
}

function withOrder(group: PlacedGroup, order: Order): PlacedGroup {
  return { ...group, orders: [order] };
}

function orderIn({ orders: [order] }: PlacedGroup): Order {
  if (order === undefined) throw new Error("the group has no order");
  return order;
}
