import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { createConnection } from "mysql2/promise";
import { startInfrastructure } from "../src/infrastructure/start.ts";
import { findProgram, root } from "../src/paths.ts";

const run = promisify(execFile);
const script = join(root, "deploy", "mariadb", "schemas.sh");

/** A server of its own, and the deployment's script for it. */
async function server(t: ExecutionContext) {
  const folder = mkdtempSync(join(tmpdir(), "shopmesh-schemas-"));
  const infrastructure = await startInfrastructure({ folder, ports: "free", throwaway: true });
  t.teardown(async () => {
    await infrastructure.stop();
    rmSync(folder, { recursive: true });
  });
  const url = new URL(infrastructure.databaseUrl);
  const client = dirname(findProgram(["mariadb"]) ?? "");
  const environment = {
    PATH: `${client}:${process.env["PATH"]}`,
    DATABASE_HOST: url.hostname,
    DATABASE_PORT: url.port,
    DATABASE_USER: decodeURIComponent(url.username),
    MYSQL_PWD: decodeURIComponent(url.password),
  };
  return {
    makeSchemas: (variables: Readonly<Record<string, string>>) =>
      run("sh", [script], { env: { ...environment, ...variables } }),
    async query(user: string, password: string, sql: string): Promise<unknown> {
      const connection = await createConnection({ host: url.hostname, port: Number(url.port), user, password });
      try {
        return (await connection.query(sql))[0];
      } finally {
        await connection.end();
      }
    },
  };
}

test("the deployment's script makes a schema and a user for each service, and again nothing but a new password", async (t) => {
  const { makeSchemas, query } = await server(t);
  const first = { SERVICES: "cart gift-card", CART_DATABASE_PASSWORD: "one", GIFT_CARD_DATABASE_PASSWORD: "two" };
  await makeSchemas(first);
  await query("shop_cart", "one", "CREATE TABLE shop_cart.carts (id INT PRIMARY KEY)");
  await query("shop_gift_card", "two", "CREATE TABLE shop_gift_card.cards (id INT PRIMARY KEY)");
  await makeSchemas({ ...first, CART_DATABASE_PASSWORD: "three" });
  t.deepEqual(await query("shop_cart", "three", "SELECT * FROM shop_cart.carts"), []);
  await t.throwsAsync(query("shop_cart", "one", "SELECT 1"), { message: /denied/i });
  await t.throwsAsync(query("shop_cart", "three", "SELECT * FROM shop_gift_card.cards"), { message: /denied/i });
  await t.throwsAsync(query("shop_gift_card", "two", "CREATE DATABASE shopXgift_card"), { message: /denied/i });
});

test("the deployment's script names the password that is missing or would not be taken as it is", async (t) => {
  const { makeSchemas } = await server(t);
  await t.throwsAsync(makeSchemas({ SERVICES: "cart" }), { message: /CART_DATABASE_PASSWORD must be set/ });
  const quoted = { SERVICES: "cart", CART_DATABASE_PASSWORD: "a'b" };
  await t.throwsAsync(makeSchemas(quoted), { message: /CART_DATABASE_PASSWORD must be set/ });
});
