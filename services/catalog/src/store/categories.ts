import type { Sql, Tx } from "@shopmesh/mesh";
import type { Category } from "../category.ts";
import type { CategoryRow } from "../schema.ts";

/** The category. */
export async function findCategory(sql: Sql, id: string): Promise<Category | undefined> {
  const row = await sql.row<CategoryRow>("SELECT * FROM category WHERE id = ?", [id]);
  return row === undefined ? undefined : categoryOf(row);
}

/** Categories after the key (depth, position, id), parents before their children. */
export async function listCategories(
  sql: Sql,
  after: readonly string[] | undefined,
  limit: number,
): Promise<readonly Category[]> {
  const order = "ORDER BY depth, position, id LIMIT ?";
  const [depth, position, id] = (after ?? []).map((part, index) => (index < 2 ? Number(part) : part));
  const rows =
    depth === undefined || position === undefined || id === undefined
      ? await sql.rows<CategoryRow>(`SELECT * FROM category ${order}`, [limit])
      : await sql.rows<CategoryRow>(`SELECT * FROM category WHERE (depth, position, id) > (?, ?, ?) ${order}`, [
          depth,
          position,
          id,
          limit,
        ]);
  return rows.map(categoryOf);
}

/** Makes a category. Throws DUPLICATE where its slug is taken. */
export async function createCategory(tx: Tx, category: Category, nowMs: number): Promise<void> {
  await tx.insert("category", [
    {
      id: category.id,
      slug: category.slug,
      name: category.name,
      parent_id: category.parentId,
      depth: category.depth,
      position: category.position,
      create_ms: nowMs,
    },
  ]);
}

function categoryOf(row: CategoryRow): Category {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    parentId: row.parent_id,
    depth: row.depth,
    position: row.position,
  };
}
