import type { Clock } from "@shopmesh/kernel";
import { keep, type Sql } from "@shopmesh/mesh";
import { isOpenAt, type Promotion } from "../promotion.ts";
import { type CurrencyCode, findAutomatic } from "../store/promotions.ts";

/** The automatic promotions as this process knows them: no cart waits for a statement to learn that there are none. */
export type AutomaticPromotions = {
  /** Those that can be used now; their counts may be old. */
  open(): Promise<readonly Promotion[]>;
  /** They were changed: read anew. */
  forget(): void;
};

/** The automatic promotions, kept for half a minute or until they change; side by side they are read once. */
export function createAutomaticPromotions(sql: Sql, clock: Clock, currency: CurrencyCode): AutomaticPromotions {
  const { get, forget } = keep(() => findAutomatic(sql, clock(), currency), clock);
  return { open: async () => (await get()).filter((promotion) => isOpenAt(promotion, clock())), forget };
}
