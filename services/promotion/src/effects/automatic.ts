import type { Clock } from "@shopmesh/kernel";
import type { Sql } from "@shopmesh/mesh";
import { isOpenAt, type Promotion } from "../promotion.ts";
import { type CurrencyCode, findAutomatic } from "../store/promotions.ts";

/** The automatic promotions as this process knows them: no cart waits for a statement to learn that there are none. */
export type AutomaticPromotions = {
  /** Those that can be used now; their counts may be old. */
  open(): Promise<readonly Promotion[]>;
  /** They were changed: read anew. */
  forget(): void;
};

/** So long a change may go unnoticed whose event this process missed. */
const YOUNG_MS = 30_000;

/** The automatic promotions, kept for half a minute or until they change; side by side they are read once. */
export function createAutomaticPromotions(sql: Sql, clock: Clock, currency: CurrencyCode): AutomaticPromotions {
  let known: { readonly promotions: Promise<readonly Promotion[]>; readonly untilMs: number } | undefined;
  return {
    async open() {
      const nowMs = clock();
      if (known === undefined || nowMs >= known.untilMs) {
        const entry = { promotions: findAutomatic(sql, nowMs, currency), untilMs: nowMs + YOUNG_MS };
        known = entry;
        entry.promotions.catch(() => {
          if (known === entry) known = undefined;
        });
      }
      return (await known.promotions).filter((promotion) => isOpenAt(promotion, nowMs));
    },
    forget() {
      known = undefined;
    },
  };
}
