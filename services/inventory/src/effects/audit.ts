import { type Log, observeGauge, type Sql } from "@shopmesh/mesh";
import { listSkus } from "../store/levels.ts";
import { auditLevels, type Difference } from "../store/movements.ts";

/** What an audit found. */
export type Audit = {
  /** At most MAX_DIFFERENCES. */
  readonly differences: readonly Difference[];
  readonly comparedCount: number;
};

/** Skus of one statement: few enough that none runs long, whatever the ledger has grown to. */
const BATCH = 500;
const MAX_DIFFERENCES = 1_000;

/** Compares every counter with the sum of its movements, batch by batch. */
export async function auditStock(sql: Sql): Promise<Audit> {
  const differences: Difference[] = [];
  let comparedCount = 0;
  for (let cursor = ""; ; ) {
    const skus = await listSkus(sql, cursor, BATCH);
    if (skus.length > 0) {
      const found = await auditLevels(sql, skus);
      comparedCount += found.comparedCount;
      differences.push(...found.differences.slice(0, MAX_DIFFERENCES - differences.length));
    }
    if (skus.length < BATCH) return { differences, comparedCount };
    cursor = skus.at(-1) ?? cursor;
  }
}

/** The audit by schedule: what differs is logged as an error and stays on the gauge until an audit finds nothing. */
export function createAuditor(sql: Sql, log: Log): () => Promise<Audit> {
  let latest = 0;
  observeGauge(
    "inventory.audit.differences",
    "Counters that differed from their movements at the latest audit.",
    () => [{ value: latest }],
  );
  return async () => {
    const audit = await auditStock(sql);
    latest = audit.differences.length;
    for (const { sku, locationId, counter, counted, moved } of audit.differences) {
      log.error(
        "a counter differs from the sum of its movements",
        { sku, locationId, counter, counted, moved },
        undefined,
      );
    }
    return audit;
  };
}
