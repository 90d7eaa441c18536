import type { Row } from "../../../dev/src/infrastructure/control.ts";
import { type Json, list, text } from "../../shop.ts";
import type { World } from "../../stories/world.ts";
import type { Claim } from "../proof.ts";
import { claim } from "./claim.ts";
import { type GroupRow, owedOf, platformShareOf, taxOf } from "./groups.ts";

/** What the providers have in their books for one checkout, in minor units, and who they are. */
type Charged = {
  readonly providers: ReadonlySet<string>;
  readonly count: number;
  readonly held: number;
  readonly kept: number;
};

const nothing: Charged = { providers: new Set(), count: 0, held: 0, kept: 0 };

/** The providers' books and the shop's say the same of every checkout. */
export async function moneyClaims({ mesh }: World, groups: readonly GroupRow[]): Promise<readonly Claim[]> {
  const ask = (statement: string) => mesh.infrastructure.rows("payment", statement);
  const charged = await readCharges(mesh.sandboxUrl, ask);
  const known = new Map(groups.map((group) => [group.id, group]));
  const confirmed = groups.filter(({ state }) => state === "confirmed");
  const others = groups.filter(({ state }) => state !== "confirmed");
  const of = (id: string): Charged => charged.get(id) ?? nothing;
  const twice = [...charged].filter(([, { count }]) => count > 1);
  const gifts = await readSums(ask, GIVEN);
  const givenOf = (id: string): number => of(id).held + of(id).kept + (gifts.get(id) ?? 0);
  const wrong = confirmed.filter((group) => givenOf(group.id) !== owedOf(group));
  const forNothing = others.filter(({ id }) => givenOf(id) !== 0);
  const unknown = [...charged.keys()].filter((id) => !known.has(id));
  const unbalanced = await ask(
    "SELECT movement_id FROM ledger_entry GROUP BY movement_id, currency HAVING SUM(amount) <> 0",
  );
  const paid = await readSums(ask, PAID);
  const unlike = [...new Set([...paid.keys(), ...charged.keys()])].filter((id) => (paid.get(id) ?? 0) !== of(id).kept);
  const taxed = await readSums(ask, TAXED);
  const mistaxed = groups.filter((group) => (taxed.get(group.id) ?? 0) !== taxOf(group));
  const shared = await readSums(ask, SHARED);
  const misshared = groups.filter((group) => (shared.get(group.id) ?? 0) !== platformShareOf(group));
  const unknownPayments = await ask("SELECT id FROM payment WHERE state IN ('created', 'unknown')");
  return [
    claim("no checkout is charged twice, by the providers' own ledgers", twice.length === 0, {
      charged: charged.size,
      "by PayPal": [...charged.values()].filter(({ providers }) => providers.has("paypal")).length,
      twice: twice.length,
    }),
    claim("each confirmed one is charged its exact total", wrong.length === 0 && confirmed.length > 0, {
      confirmed: confirmed.length,
      wrong: wrong.map((group) => `${group.id}: ${JSON.stringify(of(group.id))} of ${owedOf(group)}`),
      "by gift cards too": gifts.size,
    }),
    claim("nothing is held or kept of any other", forNothing.length === 0 && unknown.length === 0, {
      others: others.length,
      charged: [...forNothing.map(({ id }) => id), ...unknown],
    }),
    claim("payment's ledger has taken what the provider has", unlike.length === 0, {
      "checkouts paid": paid.size,
      unlike: unlike.map((id) => `${id}: ${paid.get(id) ?? 0} of ${of(id).kept}`),
    }),
    claim("what is owed in tax is that of what was taken and not given back", mistaxed.length === 0, {
      "checkouts taxed": taxed.size,
      wrong: mistaxed.map((group) => `${group.id}: ${taxed.get(group.id) ?? 0} of ${taxOf(group)}`),
    }),
    claim(
      "what the marketplace pays of prices is booked, and taken back with what is given back",
      misshared.length === 0,
      {
        "checkouts shared": shared.size,
        wrong: misshared.map((group) => `${group.id}: ${shared.get(group.id) ?? 0} of ${platformShareOf(group)}`),
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

/** What gift cards hold and gave for each checkout. */
const GIVEN = `
  SELECT p.order_group_id AS id, SUM(e.held_delta - e.balance_delta) AS sum
  FROM gift_card_entry e JOIN payment p ON p.id = e.payment_id GROUP BY p.order_group_id`;

const PAID =
  "SELECT order_group_id AS id, -SUM(amount) AS sum FROM ledger_entry WHERE account = 'buyer_cash' GROUP BY order_group_id";
const TAXED =
  "SELECT order_group_id AS id, SUM(amount) AS sum FROM ledger_entry WHERE account = 'tax_payable' GROUP BY order_group_id";

const SHARED = `
  SELECT order_group_id AS id, -SUM(amount) AS sum FROM ledger_entry
  WHERE account = 'platform_revenue' AND kind IN ('platform-share', 'platform-share-refund') GROUP BY order_group_id`;

/** A sum of each checkout. */
async function readSums(
  ask: (statement: string) => Promise<readonly Row[]>,
  statement: string,
): Promise<ReadonlyMap<string, number>> {
  return new Map((await ask(statement)).map((row) => [String(row["id"]), Number(row["sum"])]));
}

/** By checkout; PayPal's books know only the payment's id, whose checkout the shop knows. */
async function readCharges(
  sandboxUrl: string,
  ask: (statement: string) => Promise<readonly Row[]>,
): Promise<ReadonlyMap<string, Charged>> {
  const payments = await ask("SELECT id, order_group_id FROM payment");
  const groupOfPayment = new Map(payments.map((row) => [String(row["id"]), String(row["order_group_id"])]));
  const ledger = (await (await fetch(`${sandboxUrl}/sandbox/ledger`)).json()) as Json;
  const byGroup = new Map<string, Json[]>();
  const groupOfIntent = new Map<string, string>();
  for (const entry of list(ledger, "entries")) {
    const intent = text(entry, "intentId");
    const group =
      text(entry, "metadata", "order_group_id") ||
      groupOfPayment.get(text(entry, "metadata", "payment_id")) ||
      groupOfIntent.get(intent) ||
      intent;
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
    providers: new Set(entries.map((entry) => text(entry, "provider"))),
    count: entries.filter((entry) => ["authorize", "charge"].includes(text(entry, "operation"))).length,
    held: sum("authorize") - sum("capture", "void", "expire"),
    kept: taken - sum("refund"),
  };
}
