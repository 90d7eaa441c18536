import type { Row } from "../../../dev/src/infrastructure/control.ts";
import { type Json, list, text } from "../../shop.ts";
import type { World } from "../../stories/world.ts";
import type { Claim } from "../proof.ts";
import { claim } from "./claim.ts";
import { type GroupRow, owedOf } from "./groups.ts";

/** What the card provider has in its books for one checkout, in minor units. */
type Charged = { readonly count: number; readonly held: number; readonly kept: number };

/** The provider's books and the shop's say the same of every checkout. */
export async function moneyClaims({ mesh }: World, groups: readonly GroupRow[]): Promise<readonly Claim[]> {
  const ask = (statement: string) => mesh.infrastructure.rows("payment", statement);
  const charged = await readCharges(mesh.sandboxUrl);
  const known = new Map(groups.map((group) => [group.id, group]));
  const confirmed = groups.filter(({ state }) => state === "confirmed");
  const others = groups.filter(({ state }) => state !== "confirmed");
  const of = (id: string): Charged => charged.get(id) ?? { count: 0, held: 0, kept: 0 };
  const twice = [...charged].filter(([, { count }]) => count > 1);
  const gifts = await readGifts(ask);
  const givenOf = (id: string): number => of(id).held + of(id).kept + (gifts.given.get(id) ?? 0);
  const wrong = confirmed.filter((group) => givenOf(group.id) !== owedOf(group));
  const forNothing = others.filter(({ id }) => givenOf(id) !== 0);
  const unknown = [...charged.keys()].filter((id) => !known.has(id));
  const unbalanced = await ask(
    "SELECT movement_id FROM ledger_entry GROUP BY movement_id, currency HAVING SUM(amount) <> 0",
  );
  const booked = await ask(
    "SELECT order_group_id AS id, -SUM(amount) AS paid FROM ledger_entry WHERE account = 'buyer_cash' GROUP BY order_group_id",
  );
  const paid = new Map(booked.map((row) => [String(row["id"]), Number(row["paid"])]));
  const unlike = [...new Set([...paid.keys(), ...charged.keys()])].filter((id) => (paid.get(id) ?? 0) !== of(id).kept);
  const unknownPayments = await ask("SELECT id FROM payment WHERE state IN ('created', 'unknown')");
  return [
    claim("no checkout is charged twice, by the card provider's own ledger", twice.length === 0, {
      charged: charged.size,
      twice: twice.length,
    }),
    claim("each confirmed one is charged its exact total", wrong.length === 0 && confirmed.length > 0, {
      confirmed: confirmed.length,
      wrong: wrong.map((group) => `${group.id}: ${JSON.stringify(of(group.id))} of ${owedOf(group)}`),
      "by gift cards too": gifts.given.size,
    }),
    claim("nothing is held or kept of any other", forNothing.length === 0 && unknown.length === 0, {
      others: others.length,
      charged: [...forNothing.map(({ id }) => id), ...unknown],
    }),
    claim("payment's ledger has taken what the provider has", unlike.length === 0, {
      "checkouts paid": paid.size,
      unlike: unlike.map((id) => `${id}: ${paid.get(id) ?? 0} of ${of(id).kept}`),
    }),
    claim(
      "each gift card is what was put on it less what was taken, and all of them what is owed",
      gifts.off.length === 0,
      {
        "gift cards": gifts.count,
        off: gifts.off,
      },
    ),
    claim(
      "payment's ledger balances, and no payment is left unknown",
      unbalanced.length + unknownPayments.length === 0,
      {
        unbalanced: unbalanced.length,
        unknown: unknownPayments.map(({ id }) => String(id)),
      },
    ),
  ];
}

const CARDS_OFF = `
  SELECT g.id FROM gift_card g LEFT JOIN (
    SELECT gift_card_id, SUM(balance_delta) AS balance, SUM(held_delta) AS held FROM gift_card_entry GROUP BY gift_card_id
  ) e ON e.gift_card_id = g.id WHERE g.balance <> COALESCE(e.balance, 0) OR g.held <> COALESCE(e.held, 0)`;
const LIABILITY_OFF = `
  SELECT 'gift_card_liability' AS id FROM DUAL
  WHERE (SELECT COALESCE(SUM(balance), 0) FROM gift_card)
    <> (SELECT COALESCE(SUM(amount), 0) FROM ledger_entry WHERE account = 'gift_card_liability')`;
const GIVEN = `
  SELECT p.order_group_id AS id, SUM(e.held_delta - e.balance_delta) AS given
  FROM gift_card_entry e JOIN payment p ON p.id = e.payment_id GROUP BY p.order_group_id`;

/** What gift cards hold and gave for each checkout, and those whose counters are not the sum of their entries. */
async function readGifts(ask: (statement: string) => Promise<readonly Row[]>) {
  const [off, given, cards] = await Promise.all([
    Promise.all([CARDS_OFF, LIABILITY_OFF].map(ask)).then((rows) => rows.flat()),
    ask(GIVEN),
    ask("SELECT COUNT(*) AS count FROM gift_card"),
  ]);
  return {
    off: off.map(({ id }) => String(id)),
    given: new Map(given.map((row) => [String(row["id"]), Number(row["given"])])),
    count: Number(cards[0]?.["count"]),
  };
}

async function readCharges(sandboxUrl: string): Promise<ReadonlyMap<string, Charged>> {
  const ledger = (await (await fetch(`${sandboxUrl}/sandbox/ledger`)).json()) as Json;
  const byGroup = new Map<string, Json[]>();
  const groupOfIntent = new Map<string, string>();
  for (const entry of list(ledger, "entries")) {
    const intent = text(entry, "intentId");
    const group = text(entry, "metadata", "order_group_id") || groupOfIntent.get(intent) || intent;
    groupOfIntent.set(intent, group);
    byGroup.set(group, [...(byGroup.get(group) ?? []), entry]);
  }
  return new Map([...byGroup].map(([group, entries]) => [group, chargedOf(entries)]));
}

function chargedOf(entries: readonly Json[]): Charged {
  const sum = (...operations: readonly string[]): number =>
    entries
      .filter((entry) => operations.includes(text(entry, "operation")))
      .reduce((total, entry) => total + Number(text(entry, "amount")), 0);
  const taken = sum("capture", "charge");
  return {
    count: entries.filter((entry) => ["authorize", "charge"].includes(text(entry, "operation"))).length,
    held: sum("authorize") - sum("capture", "void", "expire"),
    kept: taken - sum("refund"),
  };
}
