import { DomainError } from "@shopmesh/kernel";
import type { Call, Owner, Sql } from "@shopmesh/mesh";
import type { Quote } from "../quote.ts";
import { readSnapshot, writeSnapshot } from "../snapshot.ts";
import { type CartGroup, cartGroupColumns, cartGroupOf, type CartGroupRow } from "./orders.ts";

type QuoteRow = { readonly quote: string; readonly expire_ms: string };
type NoGroup = { readonly id: null };

export async function insertQuote(sql: Sql, quote: Quote): Promise<void> {
  await sql.insert("quote", [
    {
      id: quote.id,
      cart_id: quote.cartId,
      person_id: quote.personId ?? null,
      guest_token_hash: quote.guestTokenHash ?? null,
      snapshot: writeSnapshot(quote),
      expire_ms: quote.expireMs,
    },
  ]);
}

/** A quote, and the last group that came of its cart, whatever the version. */
export type QuoteOfCart = {
  readonly quote: Quote;
  readonly known: CartGroup | undefined;
  /** As it was when this process made the quote. */
  readonly isRecalled?: true;
};

const readForOwner = new WeakMap<object, QuoteOfCart>();

/** The quote that a call is about: as its owner was found by, for once; whoever asks again reads it. Throws QUOTE_NOT_FOUND. */
export async function findOwnQuote({ sql, owner }: Pick<Call, "sql" | "owner">, id: string): Promise<QuoteOfCart> {
  const read = owner === undefined ? undefined : readForOwner.get(owner);
  if (owner !== undefined) readForOwner.delete(owner);
  return read?.quote.id === id ? read : readQuote(sql, id);
}

/** The quote as it is now. Throws QUOTE_NOT_FOUND. */
export async function readQuote(sql: Sql, id: string): Promise<QuoteOfCart> {
  const found = await findQuote(sql, id);
  if (found === undefined) throw new DomainError("not-found", "QUOTE_NOT_FOUND", { quote_id: id });
  return found;
}

/** Whose a quote is; `recall` gives what need not be read. */
export async function findQuoteOwner(
  id: string,
  sql: Sql,
  recall: (id: string) => QuoteOfCart | undefined,
): Promise<Owner | undefined> {
  const found = recall(id) ?? (await findQuote(sql, id));
  if (found === undefined) return undefined;
  const { personId, guestTokenHash } = found.quote;
  const owner = { personId, guestTokenHashes: guestTokenHash === undefined ? [] : [guestTokenHash] };
  readForOwner.set(owner, found);
  return owner;
}

async function findQuote(sql: Sql, id: string): Promise<QuoteOfCart | undefined> {
  const row = await sql.row<QuoteRow & (CartGroupRow | NoGroup)>(
    `SELECT q.snapshot AS quote, q.expire_ms, ${cartGroupColumns} FROM quote q LEFT JOIN order_group g ON g.cart_id = q.cart_id
     WHERE q.id = ? ORDER BY g.attempt DESC LIMIT 1`,
    [id],
  );
  if (row === undefined) return undefined;
  // Ended early, where another quote took its goods over.
  const quote = { ...readSnapshot<Quote>(row.quote), expireMs: Number(row.expire_ms) };
  return { quote, known: row.id === null ? undefined : cartGroupOf(row) };
}

/** Ends the quotes of carts: what they hold is quoted as another cart's from now on. */
export async function endQuotesOf(sql: Sql, cartIds: readonly string[], nowMs: number): Promise<void> {
  await sql.execute("UPDATE quote SET expire_ms = ? WHERE cart_id IN (?) AND expire_ms > ?", [nowMs, cartIds, nowMs]);
}

/** Forgets quotes that ended before `beforeMs`, at most `limit`; how many. */
export function sweepQuotes(sql: Sql, beforeMs: number, limit: number): Promise<number> {
  return sql.execute("DELETE FROM quote WHERE expire_ms < ? LIMIT ?", [beforeMs, limit]);
}
