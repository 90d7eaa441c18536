import { type Json, list, text } from "../../shop.ts";
import type { World } from "../../stories/world.ts";
import type { Claim } from "../proof.ts";
import { claim } from "./claim.ts";
import { type GroupRow, owedOf } from "./groups.ts";

/** What the card provider has in its books for one checkout, in minor units. */
type Charged = { readonly count: number; readonly held: number; readonly kept: number };

/** The provider's books and the shop's say the same of every checkout. */
export async function moneyClaims({ mesh }: World, groups: readonly GroupRow[]): Promise<readonly Claim[]> {
  const charged = await readCharges(mesh.sandboxUrl);
  const known = new Map(groups.map((group) => [group.id, group]));
  const confirmed = groups.filter(({ state }) => state === "confirmed");
  const others = groups.filter(({ state }) => state !== "confirmed");
  const of = (id: string): Charged => charged.get(id) ?? { count: 0, held: 0, kept: 0 };
  const twice = [...charged].filter(([, { count }]) => count > 1);
  const wrong = confirmed.filter((group) => of(group.id).held + of(group.id).kept !== owedOf(group));
  const forNothing = others.filter(({ id }) => of(id).held + of(id).kept !== 0);
  const unknown = [...charged.keys()].filter((id) => !known.has(id));
  const ask = (statement: string) => mesh.infrastructure.rows("payment", statement);
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
      "payment's ledger balances, and no payment is left unknown",
      unbalanced.length + unknownPayments.length === 0,
      {
        unbalanced: unbalanced.length,
        unknown: unknownPayments.map(({ id }) => String(id)),
      },
    ),
  ];
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
