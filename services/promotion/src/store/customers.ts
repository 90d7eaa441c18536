import type { Sql, Tx } from "@shopmesh/mesh";

/** The groups of a customer, by name. */
export async function findGroups(sql: Sql, customerId: string): Promise<readonly string[]> {
  const rows = await sql.rows<{ name: string }>("SELECT name FROM customer_group WHERE customer_id = ? ORDER BY name", [
    customerId,
  ]);
  return rows.map(({ name }) => name);
}

/** Puts a customer into these groups and no others. */
export async function setGroups(tx: Tx, customerId: string, names: readonly string[]): Promise<void> {
  await tx.execute("DELETE FROM customer_group WHERE customer_id = ?", [customerId]);
  await tx.insert(
    "customer_group",
    names.map((name) => ({ customer_id: customerId, name })),
  );
}
