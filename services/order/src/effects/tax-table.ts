import type { Clock } from "@shopmesh/kernel";
import type { Sql } from "@shopmesh/mesh";
import { findTaxRates } from "../store/tax-rates.ts";
import type { TaxRate } from "../tax.ts";

/** The tax rates as this process knows them. */
export type TaxTable = {
  /** One statement at most, and none while what was read is young. */
  rates(): Promise<readonly TaxRate[]>;
  /** They were changed here: read anew. */
  forget(): void;
};

/** So long a rate set elsewhere may go unnoticed. */
const YOUNG_MS = 30_000;

/** The table of taxes, kept for half a minute; side by side it is read once. */
export function createTaxTable(sql: Sql, clock: Clock): TaxTable {
  let known: { readonly rates: Promise<readonly TaxRate[]>; readonly untilMs: number } | undefined;
  return {
    rates() {
      if (known === undefined || clock() >= known.untilMs) {
        const reading = findTaxRates(sql);
        const entry = { rates: reading, untilMs: clock() + YOUNG_MS };
        known = entry;
        reading.catch(() => {
          if (known === entry) known = undefined;
        });
      }
      return known.rates;
    },
    forget() {
      known = undefined;
    },
  };
}
