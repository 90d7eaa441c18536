import type { World } from "../../stories/world.ts";
import type { Claim } from "../proof.ts";
import { claim } from "./claim.ts";
import { type GroupRow, isKept, type OrderRow, type Pieces } from "./groups.ts";
import type { Visit } from "./visit.ts";

type Return = OrderRow["returns"][number];

/** What buyers sent back is paid back at its price and lies on its shelf, each piece once; what got lost is paid back as well. */
export async function comebackClaims(
  { mesh }: World,
  groups: readonly GroupRow[],
  visits: readonly Visit[],
): Promise<readonly Claim[]> {
  const rows = await mesh.infrastructure.rows("inventory", "SELECT id, restocked, written_off FROM goods_return");
  const taken = new Map(rows.map((row) => [String(row["id"]), row]));
  const orders = groups.flatMap((group) => group.orders);
  const found = new Map(orders.flatMap((order) => order.returns.map((one) => [one.id, { order, one }] as const)));
  const wanted = visits.flatMap(({ sentBack }) => sentBack);
  const unpaid = wanted.filter((id) => {
    const known = found.get(id);
    return known === undefined || paidBack(known.order, id) !== priceOf(known.order, known.one) - keptOf(known.one);
  });
  const astray = wanted.filter((id) => {
    const row = taken.get(id);
    const one = found.get(id)?.one;
    if (row === undefined || one === undefined) return true;
    return (
      piecesIn(row["restocked"]) !== sum(one.lines, "resellable") ||
      piecesIn(row["written_off"]) !== sum(one.lines, "damaged")
    );
  });
  const unasked = [...taken.keys()].filter((id) => !found.has(id));
  const replacements = new Map(
    orders.flatMap((order) => (order.exchangeOf === undefined ? [] : [[order.exchangeOf.returnId, order] as const])),
  );
  const exchanged = [...found.values()].filter(({ one }) => one.exchange !== undefined);
  const unlike = exchanged.filter(({ order, one }) => {
    const replacement = replacements.get(one.id);
    if (replacement === undefined) return keptOf(one) !== 0;
    const arrived = isKept(replacement) && replacement.parcels.every(({ state }) => state === "delivered");
    return paidBack(order, one.id, true) !== (arrived ? 0 : keptOf(one));
  });
  const lost = orders.filter(({ parcels }) => parcels.some(({ state }) => state === "lost"));
  const owed = lost.filter((order) => {
    const gone = order.parcels.filter(({ state }) => state === "lost").reduce((total, { amount }) => total + amount, 0);
    return order.refunded < gone;
  });
  return [
    claim("what was sent back is paid back once, at its price", unpaid.length === 0, {
      returns: wanted.length,
      states: [...found.values()].map(({ one }) => one.state),
      unpaid,
    }),
    claim("what was sent back is on its shelf once, or written off", astray.length + unasked.length === 0, {
      returns: taken.size,
      astray,
      unasked,
    }),
    claim("what was exchanged is sent once, or what the goods had paid for it goes back", unlike.length === 0, {
      exchanges: exchanged.map(({ one }) => one.exchange?.state ?? ""),
      replacements: replacements.size,
      unlike: unlike.map(({ one }) => one.id),
    }),
    claim("what the carrier lost is paid back by itself", owed.length === 0, {
      "orders with a lost parcel": lost.length,
      owed: owed.map(({ id }) => id),
    }),
  ];
}

function paidBack({ refunds }: OrderRow, id: string, isOfCredit = false): number {
  const own = refunds.filter(
    (one) => one.returnId === id && one.state === "succeeded" && (one.isOfCredit === true) === isOfCredit,
  );
  return own.reduce((total, { amount }) => total + amount, 0);
}

/** What of the goods stays paid, for their replacement. */
function keptOf({ exchange }: Return): number {
  return (exchange?.held ?? []).reduce((total, { amount }) => total + Number(amount.minorUnits), 0);
}

/** Of whole lines, as everybody sends back. */
function priceOf({ lines }: OrderRow, one: Return): number {
  return one.lines.reduce((total, { lineId }) => total + (lines.find(({ id }) => id === lineId)?.total ?? 0), 0);
}

function sum(lines: Return["lines"], fate: "resellable" | "damaged"): number {
  return lines.reduce((total, line) => total + line[fate], 0);
}

function piecesIn(placed: unknown): number {
  return (JSON.parse(String(placed)) as readonly Pieces[]).reduce((total, { quantity }) => total + quantity, 0);
}
