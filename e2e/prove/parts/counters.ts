import type { World } from "../../stories/world.ts";
import type { Claim } from "../proof.ts";
import { claim } from "./claim.ts";

/** A number that is kept beside what it counts, in one service's schema. */
type Counter = {
  readonly service: string;
  readonly name: string;
  /** Gives one row for each counter, with its id, what it `says` and what its ledger `sums` up to. */
  readonly sql: string;
  /** Whether a run moves it whatever happens: nobody has moved another in a short one. */
  readonly isAlwaysMoved: boolean;
};

/** What each promotion was used for, by coupon or as an automatic one, unless it was let go. */
const USES = `
  SELECT promotion_id, COALESCE(discount_minor_units, 0) AS discount FROM redemption
  WHERE promotion_id IS NOT NULL AND state <> 'released'
  UNION ALL SELECT x.promotion_id, x.discount_minor_units FROM redemption_part x
  JOIN redemption r ON r.id = x.redemption_id WHERE r.state <> 'released'`;
const perPromotion = (counter: string, sum: string): string => `
  SELECT p.id, p.${counter} AS says, COALESCE(u.n, 0) AS sums FROM promotion p
  LEFT JOIN (SELECT promotion_id, ${sum} AS n FROM (${USES}) used GROUP BY promotion_id) u ON u.promotion_id = p.id`;
const perAllocation = (counter: string, sum: string): string => `
  SELECT CONCAT(l.order_id, ' ', l.sku) AS id, l.${counter} AS says, COALESCE(m.n, 0) AS sums FROM allocation_line l
  LEFT JOIN (SELECT reference, sku, location_id, SUM(${sum}) AS n FROM movement GROUP BY reference, sku, location_id) m
    ON m.reference = l.order_id AND m.sku = l.sku AND m.location_id = l.location_id`;
const perPayment = (counter: string, sum: string): string => `
  SELECT p.id, p.${counter} AS says, COALESCE(l.n, 0) AS sums FROM payment p
  LEFT JOIN (SELECT payment_id, SUM(${sum}) AS n FROM ledger_entry WHERE account = 'seller_payable' GROUP BY payment_id) l
    ON l.payment_id = p.id`;
const perGiftCard = (counter: string): string => `
  SELECT g.id, g.${counter} AS says, COALESCE(SUM(e.${counter}_delta), 0) AS sums FROM gift_card g
  LEFT JOIN gift_card_entry e ON e.gift_card_id = g.id GROUP BY g.id, g.${counter}`;
const perLevel = (counter: string): string => `
  SELECT CONCAT(s.sku, ' ', s.location_id) AS id, s.${counter} AS says, COALESCE(SUM(m.${counter}_change), 0) AS sums
  FROM stock_level s LEFT JOIN movement m ON m.sku = s.sku AND m.location_id = s.location_id
  GROUP BY s.sku, s.location_id, s.${counter}`;

/** Every counter of every schema that has a ledger. Versions, sequences and counts of tries have none. */
const counters: readonly Counter[] = [
  {
    service: "promotion",
    name: "uses of a promotion",
    sql: perPromotion("redemption_count", "COUNT(*)"),
    isAlwaysMoved: true,
  },
  {
    service: "promotion",
    name: "what a promotion's budget has spent",
    sql: perPromotion("budget_spent", "SUM(discount)"),
    isAlwaysMoved: true,
  },
  {
    service: "promotion",
    name: "codes of a promotion",
    sql: `SELECT p.id, p.code_count AS says, COUNT(c.code) AS sums FROM promotion p
      LEFT JOIN promotion_code c ON c.promotion_id = p.id GROUP BY p.id, p.code_count`,
    isAlwaysMoved: false,
  },
  {
    service: "promotion",
    name: "codes of one use that are used",
    sql: `SELECT c.code AS id, c.redemption_id IS NOT NULL AS says, COUNT(r.id) AS sums FROM promotion_code c
      LEFT JOIN redemption r ON r.coupon_code = c.code AND r.state <> 'released' GROUP BY c.code, c.redemption_id`,
    isAlwaysMoved: false,
  },
  {
    service: "payment",
    name: "what a payment has taken",
    sql: perPayment("taken", "IF(kind IN ('capture', 'take', 'release', 'gift-card-redeem'), amount, 0)"),
    isAlwaysMoved: true,
  },
  {
    service: "payment",
    name: "what a payment has given back",
    sql: perPayment("refunded", "IF(kind IN ('refund', 'gift-card-refund'), -amount, 0)"),
    isAlwaysMoved: false,
  },
  {
    service: "payment",
    name: "what a payer's provider has paid, in the books",
    sql: `SELECT p.id, COALESCE(t.n, 0) AS says, -COALESCE(l.n, 0) AS sums FROM payment p
      LEFT JOIN (SELECT payment_id, SUM(IF(kind IN ('capture', 'take'), moves, -moves)) AS n FROM transfer
        WHERE state = 'succeeded' GROUP BY payment_id) t ON t.payment_id = p.id
      LEFT JOIN (SELECT payment_id, SUM(amount) AS n FROM ledger_entry WHERE account = 'buyer_cash'
        AND kind IN ('capture', 'take', 'refund', 'release') GROUP BY payment_id) l
        ON l.payment_id = p.id`,
    isAlwaysMoved: true,
  },
  {
    service: "payment",
    name: "what disputes keep back, in the books",
    sql: `SELECT 'reserve' AS id, (SELECT COALESCE(SUM(amount), 0) FROM dispute WHERE state = 'open') AS says,
      (SELECT -COALESCE(SUM(amount), 0) FROM ledger_entry WHERE account = 'reserve') AS sums`,
    isAlwaysMoved: false,
  },
  { service: "payment", name: "what is on a gift card", sql: perGiftCard("balance"), isAlwaysMoved: false },
  { service: "payment", name: "what is held of a gift card", sql: perGiftCard("held"), isAlwaysMoved: false },
  {
    service: "payment",
    name: "what is owed on gift cards, in the books",
    sql: `SELECT 'gift_card_liability' AS id, (SELECT COALESCE(SUM(balance), 0) FROM gift_card) AS says,
      (SELECT COALESCE(SUM(amount), 0) FROM ledger_entry WHERE account = 'gift_card_liability') AS sums`,
    isAlwaysMoved: false,
  },
  { service: "inventory", name: "stock on hand", sql: perLevel("on_hand"), isAlwaysMoved: true },
  { service: "inventory", name: "stock allocated", sql: perLevel("allocated"), isAlwaysMoved: false },
  { service: "inventory", name: "stock held", sql: perLevel("held"), isAlwaysMoved: false },
  {
    service: "inventory",
    name: "what of an allocation was sent",
    sql: perAllocation("shipped", "IF(kind = 'shipped', -on_hand_change, 0)"),
    isAlwaysMoved: true,
  },
  {
    service: "inventory",
    name: "what of an allocation was let go",
    sql: perAllocation("deallocated", "IF(kind = 'deallocated', -allocated_change, 0)"),
    isAlwaysMoved: false,
  },
  {
    service: "notification",
    name: "the last of a person's notices",
    sql: `SELECT i.person_id AS id, i.last_sequence AS says, COALESCE(MAX(n.sequence), 0) AS sums FROM inbox i
      LEFT JOIN notice n ON n.person_id = i.person_id GROUP BY i.person_id, i.last_sequence`,
    isAlwaysMoved: false,
  },
];

/** Each counter says what its ledger sums up to, and those that every run moves were moved. */
export async function counterClaims({ mesh }: World): Promise<readonly Claim[]> {
  return Promise.all(
    counters.map(async ({ service, name, sql, isAlwaysMoved }) => {
      const rows = await mesh.infrastructure.rows(service, sql);
      const off = rows.filter(({ says, sums }) => Number(says) !== Number(sums));
      const moved = rows.filter(({ sums }) => Number(sums) !== 0);
      const isMet = !isAlwaysMoved || moved.length > 0;
      return claim(`${service}: ${name} is the sum of its ledger`, off.length === 0 && isMet, {
        counters: rows.length,
        "not zero": moved.length,
        off: off.map(({ id, says, sums }) => `${String(id)}: ${String(says)}, its ledger ${String(sums)}`),
      });
    }),
  );
}
