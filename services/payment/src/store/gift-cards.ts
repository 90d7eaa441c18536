import { money } from "@shopmesh/kernel";
import type { Sql, Tx } from "@shopmesh/mesh";
import { type Book, type GiftStanding, giftStandings } from "../book.ts";
import { type GiftCard, REFUND_VALID_MS } from "../gift-card.ts";
import type { GiftCardRow } from "../schema/gift-cards.ts";

type World = { readonly nowMs: number; readonly newId: () => string };

/** Writes a new gift card, and that its balance came to be. */
export async function insertGiftCard(tx: Tx, card: GiftCard, world: World): Promise<void> {
  await tx.insert("gift_card", [
    {
      id: card.id,
      code_hash: card.codeHash,
      last_four: card.lastFour,
      currency: card.amount.currencyCode,
      amount: card.amount.minorUnits,
      balance: card.balance.minorUnits,
      held: card.held.minorUnits,
      expire_ms: card.expireMs ?? null,
      person_id: card.personId ?? null,
      reason: card.reason,
      create_ms: card.createMs,
    },
  ]);
  const issued = { giftCardId: card.id, balance: card.amount.minorUnits, held: 0n };
  await insertEntries(tx, [issued], "", world);
}

export async function findGiftCard(
  sql: Sql,
  by: { readonly id: string } | { readonly code_hash: string },
): Promise<GiftCard | undefined> {
  const [column = "", value = ""] = Object.entries(by)[0] ?? [];
  const row = await sql.row<GiftCardRow>(`SELECT * FROM gift_card WHERE ${column} = ?`, [value]);
  return row === undefined ? undefined : giftCardOf(row);
}

/** The gift cards of these codes by their hash, their rows locked in the order of their ids. */
export async function lockGiftCards(tx: Tx, codeHashes: readonly string[]): Promise<ReadonlyMap<string, GiftCard>> {
  const rows = await tx.rows<GiftCardRow>("SELECT * FROM gift_card WHERE code_hash IN (?) ORDER BY id FOR UPDATE", [
    codeHashes,
  ]);
  return new Map(rows.map((row) => [row.code_hash, giftCardOf(row)]));
}

/**
 * Holds, redeems, releases and gives back on gift cards what changed from `before` (undefined: a new payment) to `after`, in
 * their counters and in their ledger. The caller holds the payment's lock; a counter below zero is refused by the table.
 */
export async function moveGifts(tx: Tx, before: Book | undefined, after: Book, world: World): Promise<void> {
  const known = new Map((before === undefined ? [] : giftStandings(before)).map((gift) => [gift.giftCardId, gift]));
  const changes = giftStandings(after)
    .map((gift) => changeOf(known.get(gift.giftCardId), gift))
    .filter(({ balance, held }) => balance !== 0n || held !== 0n)
    .toSorted((left, right) => (left.giftCardId < right.giftCardId ? -1 : 1));
  if (changes.length === 0) return;
  const cases = changes.map(() => "WHEN ? THEN ?").join(" ");
  const ids = changes.map(({ giftCardId }) => giftCardId);
  const matched = await tx.execute(
    `UPDATE gift_card SET balance = balance + CASE id ${cases} ELSE 0 END, held = held + CASE id ${cases} ELSE 0 END
     WHERE id IN (?)`,
    [
      ...changes.flatMap(({ giftCardId, balance }) => [giftCardId, balance]),
      ...changes.flatMap(({ giftCardId, held }) => [giftCardId, held]),
      ids,
    ],
  );
  const refunded = changes.filter(({ balance }) => balance > 0n).map(({ giftCardId }) => giftCardId);
  if (refunded.length > 0) {
    // What comes back can be spent, also where the card expired meanwhile.
    const validMs = world.nowMs + REFUND_VALID_MS;
    await tx.execute("UPDATE gift_card SET expire_ms = GREATEST(expire_ms, ?) WHERE id IN (?)", [validMs, refunded]);
  }
  if (matched !== ids.length) throw new Error(`gift cards are missing: ${ids.join(", ")}`);
  await insertEntries(tx, changes, after.payment.id, world);
}

type GiftChange = { readonly giftCardId: string; readonly balance: bigint; readonly held: bigint };

function changeOf(before: GiftStanding | undefined, after: GiftStanding): GiftChange {
  const { held, taken, refunded } = before ?? { held: 0n, taken: 0n, refunded: 0n };
  return {
    giftCardId: after.giftCardId,
    balance: after.refunded - refunded - (after.taken - taken),
    held: after.held - held,
  };
}

async function insertEntries(tx: Tx, changes: readonly GiftChange[], paymentId: string, world: World) {
  await tx.insert(
    "gift_card_entry",
    changes.map((change) => ({
      id: world.newId(),
      gift_card_id: change.giftCardId,
      kind: kindOf(change, paymentId),
      balance_delta: change.balance,
      held_delta: change.held,
      payment_id: paymentId,
      create_ms: world.nowMs,
    })),
  );
}

function kindOf({ balance, held }: GiftChange, paymentId: string): string {
  if (paymentId === "") return "issue";
  if (balance < 0n) return "redeem";
  if (balance > 0n) return "refund";
  return held > 0n ? "hold" : "release";
}

function giftCardOf(row: GiftCardRow): GiftCard {
  return {
    id: row.id,
    codeHash: row.code_hash,
    lastFour: row.last_four,
    amount: money(row.currency, BigInt(row.amount)),
    balance: money(row.currency, BigInt(row.balance)),
    held: money(row.currency, BigInt(row.held)),
    expireMs: row.expire_ms === null ? undefined : Number(row.expire_ms),
    personId: row.person_id ?? undefined,
    reason: row.reason,
    createMs: Number(row.create_ms),
  };
}
