import type { Clock } from "@shopmesh/kernel";
import { keep, type Sql } from "@shopmesh/mesh";
import { findTaxRates } from "../store/tax-rates.ts";
import type { TaxRate } from "../tax.ts";

/** The tax rates as this process knows them. */
export type TaxTable = {
  /** One statement at most, and none while what was read is young. */
  rates(): Promise<readonly TaxRate[]>;
  /** They were changed here: read anew. */
  forget(): void;
};

/** The table of taxes, kept for half a minute; side by side it is read once. */
export function createTaxTable(sql: Sql, clock: Clock): TaxTable {
  const { get: rates, forget } = keep(() => findTaxRates(sql), clock);
  return { rates, forget };
}
