import type { Sql } from "../sql.ts";

/** A kind of sagas, and how many of it are wanted. */
export type WantedKind = { readonly kind: string; readonly limit: number };

/** The sagas of some kinds that are due and that nobody is believed to drive, the longest due first: ids by kind. */
export function findDue(
  sql: Sql,
  kinds: readonly WantedKind[],
  { nowMs, realMs }: { readonly nowMs: number; readonly realMs: number },
): Promise<ReadonlyMap<string, readonly string[]>> {
  return findIds(sql, kinds, nowMs, { condition: "lease_until_ms <= ?", value: realMs });
}

/** The sagas of some kinds that are due and that a dead process of the name `owner` was at, which somebody may wait for: ids by kind. */
export function findLeftBehind(
  sql: Sql,
  kinds: readonly WantedKind[],
  { owner, nowMs }: { readonly owner: string; readonly nowMs: number },
): Promise<ReadonlyMap<string, readonly string[]>> {
  return findIds(sql, kinds, nowMs, { condition: "lease_owner = ?", value: owner });
}

async function findIds(
  sql: Sql,
  kinds: readonly WantedKind[],
  nowMs: number,
  { condition, value }: { readonly condition: string; readonly value: string | number },
): Promise<ReadonlyMap<string, readonly string[]>> {
  const ids = new Map<string, string[]>(kinds.map(({ kind }) => [kind, []]));
  if (kinds.length === 0) return ids;
  const one = `(SELECT kind, id FROM mesh_saga WHERE kind = ? AND wake_ms <= ? AND ${condition} ORDER BY wake_ms LIMIT ?)`;
  const rows = await sql.rows<{ readonly kind: string; readonly id: string }>(
    kinds.map(() => one).join(" UNION ALL "),
    kinds.flatMap(({ kind, limit }) => [kind, nowMs, value, limit]),
  );
  for (const { kind, id } of rows) ids.get(kind)?.push(id);
  return ids;
}
