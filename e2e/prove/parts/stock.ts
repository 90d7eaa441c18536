import type { World } from "../../stories/world.ts";
import type { Claim } from "../proof.ts";
import type { Sale } from "./buyers.ts";
import { claim } from "./claim.ts";
import { calledOffOf, type GroupRow, isKept, isReplacement, type Pieces } from "./groups.ts";

const ALLOCATED_OFF = `
  SELECT s.sku FROM stock_level s LEFT JOIN (
    SELECT l.sku, l.location_id, SUM(l.quantity - l.shipped - l.deallocated) AS quantity
    FROM allocation_line l JOIN allocation a ON a.order_id = l.order_id WHERE a.state <> 'released'
    GROUP BY l.sku, l.location_id
  ) o ON o.sku = s.sku AND o.location_id = s.location_id WHERE s.allocated <> COALESCE(o.quantity, 0)`;
const HELD_OFF = `
  SELECT s.sku FROM stock_level s LEFT JOIN (
    SELECT l.sku, l.location_id, SUM(l.quantity) AS quantity
    FROM hold_line l JOIN hold h ON h.id = l.hold_id WHERE h.state = 'active' GROUP BY l.sku, l.location_id
  ) o ON o.sku = s.sku AND o.location_id = s.location_id WHERE s.held <> COALESCE(o.quantity, 0)`;
const OVERSOLD = "SELECT sku FROM stock_level WHERE on_hand < 0 OR allocated > on_hand";
const TAKEN = `
  SELECT h.id, l.sku, SUM(l.quantity - l.deallocated) AS quantity FROM allocation_line l
  JOIN allocation a ON a.order_id = l.order_id JOIN hold h ON h.id = a.hold_id WHERE a.state <> 'released'
  GROUP BY h.id, l.sku HAVING quantity > 0`;

/** What is allocated and held is whose it should be, and what buyers have is what left the shelf. */
export async function stockClaims(
  { mesh }: World,
  groups: readonly GroupRow[],
  sales: readonly Sale[],
): Promise<readonly Claim[]> {
  const ask = (statement: string) => mesh.infrastructure.rows("inventory", statement);
  const [allocated, held, active, taken, oversold] = await Promise.all(
    [ALLOCATED_OFF, HELD_OFF, "SELECT id FROM hold WHERE state = 'active'", TAKEN, OVERSOLD].map(ask),
  );
  const decided = new Set(groups.filter(({ state }) => state !== "pending").map(({ id }) => id));
  const kept = (active ?? []).filter(({ id }) => decided.has(String(id)));
  const wanted = wantedOf(groups, sales);
  const had = new Map((taken ?? []).map(({ id, sku, quantity }) => [`${String(id)}/${String(sku)}`, Number(quantity)]));
  const wrong = [...new Set([...wanted.keys(), ...had.keys()])].filter((key) => wanted.get(key) !== had.get(key));
  return [
    claim("nothing is oversold", oversold?.length === 0, { off: skusOf(oversold) }),
    claim(
      "what is allocated and held is the sum of allocations and holds",
      allocated?.length === 0 && held?.length === 0,
      {
        allocated: skusOf(allocated),
        held: skusOf(held),
      },
    ),
    claim("no hold outlives its checkout", kept.length === 0, { holds: kept.map(({ id }) => String(id)) }),
    claim("exactly what confirmed buyers wanted is theirs", wrong.length === 0 && wanted.size > 0, {
      lines: wanted.size,
      wrong,
    }),
  ];
}

/** How many of a sku each confirmed checkout should have, by "group/sku": what its buyer wanted and did not call off, or what replaces it. */
function wantedOf(groups: readonly GroupRow[], sales: readonly Sale[]): ReadonlyMap<string, number> {
  const confirmed = groups.filter(({ state }) => state === "confirmed");
  const bought = new Map(confirmed.filter((group) => !isReplacement(group)).map((group) => [group.email, group]));
  const wanted = new Map<string, number>();
  const add = (groupId: string, lines: readonly Pieces[], sign: 1 | -1): void => {
    for (const { sku, quantity } of lines) {
      const key = `${groupId}/${sku}`;
      wanted.set(key, (wanted.get(key) ?? 0) + sign * quantity);
    }
  };
  const withoutCalledOff = ({ id, orders }: GroupRow): void => {
    for (const order of orders) add(id, (isKept(order) ? calledOffOf(order) : order).lines, -1);
  };
  for (const { email, skus } of sales) {
    const group = bought.get(email);
    if (group === undefined) continue;
    const lines = skus.map((sku) => ({ sku, quantity: 1 }));
    add(group.id, lines, 1);
    withoutCalledOff(group);
  }
  for (const group of confirmed.filter(isReplacement)) {
    for (const { lines } of group.orders) add(group.id, lines, 1);
    withoutCalledOff(group);
  }
  // Kept for goods that are still on their way back.
  for (const { exchange } of groups.flatMap(({ orders }) => orders).flatMap(({ returns }) => returns))
    if (exchange?.state === "reserved") add(exchange.groupId, exchange.lines, 1);
  for (const [key, quantity] of wanted) if (quantity === 0) wanted.delete(key);
  return wanted;
}

function skusOf(rows: readonly Readonly<Record<string, unknown>>[] | undefined): readonly string[] {
  return (rows ?? []).map(({ sku }) => String(sku));
}
