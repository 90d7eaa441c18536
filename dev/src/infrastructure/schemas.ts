import { createConnection } from "mysql2/promise";
import { schemaOf } from "../environment.ts";
import { databasePassword, type Secrets } from "../secrets.ts";

/** A schema and a user for each service; the user has every right in that schema and none elsewhere. Repeatable. */
export async function createSchemas(adminUrl: string, services: readonly string[], secrets: Secrets): Promise<void> {
  const connection = await createConnection({
    uri: adminUrl,
    multipleStatements: true,
    connectTimeout: 10_000,
  });
  try {
    const host = connection.escape(await hostOf(connection));
    for (const schema of services.map(schemaOf)) {
      const user = `${connection.escape(schema)}@${host}`;
      const password = connection.escape(databasePassword(secrets, schema));
      // An underscore in a GRANT is a wildcard: shop_order must not reach shopXorder.
      const pattern = `\`${schema.replaceAll("_", "\\_")}\``;
      await connection.query(
        `CREATE DATABASE IF NOT EXISTS \`${schema}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;
         CREATE USER IF NOT EXISTS ${user}; ALTER USER ${user} IDENTIFIED BY ${password};
         GRANT ALL PRIVILEGES ON ${pattern}.* TO ${user}`,
      );
    }
  } finally {
    await connection.end();
  }
}

/** Users of a server on this machine come from loopback; those of another come from anywhere. */
async function hostOf(connection: { readonly query: (sql: string) => Promise<unknown> }): Promise<string> {
  const [rows] = (await connection.query("SELECT USER() AS connected")) as readonly [readonly { connected: string }[]];
  return rows[0]?.connected.endsWith("@127.0.0.1") ? "127.0.0.1" : "%";
}
