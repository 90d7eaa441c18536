import type { Sql, Tx } from "@shopmesh/mesh";
import type { TaxRateRow } from "../schema.ts";
import type { TaxRate } from "../tax.ts";

/** Where a list of rates goes on. */
export type TaxRateKey = readonly [countryCode: string, region: string, postalPrefix: string, category: string];

const columns =
  "country_code, region, postal_prefix, category, rate_basis_points, is_inclusive, marketplace_collects, jurisdiction";
const order = "country_code, region, postal_prefix, category";

/** All rates there are; few enough to be kept in a process. */
export async function findTaxRates(sql: Sql): Promise<readonly TaxRate[]> {
  return (await sql.rows<TaxRateRow>(`SELECT ${columns} FROM tax_rate ORDER BY ${order}`)).map(rateOf);
}

/** A page of the rates, of one country's where it is named. */
export async function listTaxRates(
  sql: Sql,
  countryCode: string,
  page: { readonly after: TaxRateKey | undefined; readonly limit: number },
): Promise<readonly TaxRate[]> {
  const rows = await sql.rows<TaxRateRow>(
    `SELECT ${columns} FROM tax_rate WHERE (? = '' OR country_code = ?)${
      page.after === undefined ? "" : ` AND (${order}) > (?, ?, ?, ?)`
    } ORDER BY ${order} LIMIT ?`,
    [countryCode, countryCode, ...(page.after ?? []), page.limit],
  );
  return rows.map(rateOf);
}

/** The rates of a country, locked until the transaction ends. */
export async function lockTaxRates(tx: Tx, countryCode: string): Promise<readonly TaxRate[]> {
  const rows = await tx.rows<TaxRateRow>(`SELECT ${columns} FROM tax_rate WHERE country_code = ? FOR UPDATE`, [
    countryCode,
  ]);
  return rows.map(rateOf);
}

/** Writes a rate over what was set for its place and category. */
export async function upsertTaxRate(tx: Tx, rate: TaxRate, nowMs: number): Promise<void> {
  await tx.execute(
    `INSERT INTO tax_rate (${columns}, update_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE rate_basis_points = VALUES(rate_basis_points), is_inclusive = VALUES(is_inclusive),
       marketplace_collects = VALUES(marketplace_collects), jurisdiction = VALUES(jurisdiction), update_ms = VALUES(update_ms)`,
    [
      rate.countryCode,
      rate.region,
      rate.postalPrefix,
      rate.category,
      rate.rateBasisPoints,
      rate.isInclusive ? 1 : 0,
      rate.marketplaceCollects ? 1 : 0,
      rate.jurisdiction,
      nowMs,
    ],
  );
}

function rateOf(row: TaxRateRow): TaxRate {
  return {
    countryCode: row.country_code,
    region: row.region,
    postalPrefix: row.postal_prefix,
    category: row.category,
    rateBasisPoints: row.rate_basis_points,
    isInclusive: row.is_inclusive === 1,
    marketplaceCollects: row.marketplace_collects === 1,
    jurisdiction: row.jurisdiction,
  };
}
