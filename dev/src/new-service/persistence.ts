import type { Names } from "./names.ts";

/** schema.ts: the table's row and its TypeORM schema. */
export function schemaCode({ noun, Noun }: Names): string {
  return `import { EntitySchema, type EntitySchemaColumnOptions } from "typeorm";

/** The row, as MySQL gives it: BIGINT as text. */
export type ${Noun}Row = {
  id: string;
  version: string;
  customer_id: string;
  title: string;
  create_ms: string;
};

const id = {
  type: "char",
  length: 36,
  charset: "ascii",
  collation: "ascii_bin",
} as const satisfies EntitySchemaColumnOptions;

export const ${Noun}Table = new EntitySchema<${Noun}Row>({
  name: "${noun}",
  columns: {
    id: { ...id, primary: true },
    version: { type: "bigint" },
    customer_id: id,
    title: { type: "varchar", length: 100 },
    create_ms: { type: "bigint" },
  },
});
`;
}

/** migrations/0001-<noun>.ts: the statements that make the table. */
export function migrationCode({ noun, Nouns }: Names): string {
  return `import type { MigrationInterface, QueryRunner } from "typeorm";

/** Its name never changes: the database remembers by it what has run. */
export class ${Nouns}1760000000000 implements MigrationInterface {
  readonly name = "${Nouns}1760000000000";

  async up(runner: QueryRunner): Promise<void> {
    // A customer's newest first is the key read backwards: ids are UUIDv7.
    await runner.query(\`CREATE TABLE ${noun} (
      id \${id} NOT NULL PRIMARY KEY,
      version BIGINT NOT NULL,
      customer_id \${id} NOT NULL,
      title VARCHAR(100) NOT NULL,
      create_ms BIGINT NOT NULL,
      KEY of_customer (customer_id, id)
    )\`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE ${noun}");
  }
}

const id = "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin";
`;
}

/** store.ts: every statement. */
export function storeCode({ noun, Noun, nouns, Nouns, aNoun }: Names): string {
  return `import type { Owner, Sql, Tx } from "@shopmesh/mesh";
import type { ${Noun}Row } from "./schema.ts";
import type { ${Noun} } from "./${noun}.ts";

const COLUMNS = "id, version, customer_id, title, create_ms";

/** The ${noun}; undefined where there is none. */
export async function find${Noun}(sql: Sql, id: string): Promise<${Noun} | undefined> {
  const row = await sql.row<${Noun}Row>(\`SELECT \${COLUMNS} FROM ${noun} WHERE id = ?\`, [id]);
  return row === undefined ? undefined : ${noun}Of(row);
}

/** Whose ${aNoun} is. */
export async function find${Noun}Owner(id: string, sql: Sql): Promise<Owner | undefined> {
  const row = await sql.row<Pick<${Noun}Row, "customer_id">>("SELECT customer_id FROM ${noun} WHERE id = ?", [id]);
  return row === undefined ? undefined : { personId: row.customer_id };
}

/** A customer's ${nouns}, newest first, at most \`limit\`; those older than the one with \`beforeId\`. */
export async function list${Nouns}(
  sql: Sql,
  { customerId, beforeId, limit }: { customerId: string; beforeId: string | undefined; limit: number },
): Promise<readonly ${Noun}[]> {
  const [older, keys] = beforeId === undefined ? ["", []] : [" AND id < ?", [beforeId]];
  const rows = await sql.rows<${Noun}Row>(
    \`SELECT \${COLUMNS} FROM ${noun} WHERE customer_id = ?\${older} ORDER BY id DESC LIMIT ?\`,
    [customerId, ...keys, limit],
  );
  return rows.map(${noun}Of);
}

/** Writes a new ${noun}. */
export async function insert${Noun}(tx: Tx, made: ${Noun}): Promise<void> {
  const { id, version, customerId, title, createMs } = made;
  await tx.insert("${noun}", [{ id, version, customer_id: customerId, title, create_ms: createMs }]);
}

function ${noun}Of(row: ${Noun}Row): ${Noun} {
  return {
    id: row.id,
    version: Number(row.version),
    customerId: row.customer_id,
    title: row.title,
    createMs: Number(row.create_ms),
  };
}
`;
}
