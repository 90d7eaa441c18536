import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { serviceDatabaseUrl } from "../src/environment.ts";
import { controlInfrastructure } from "../src/infrastructure/control.ts";
import { startInfrastructure, type Infrastructure } from "../src/infrastructure/start.ts";
import { loadSecrets } from "../src/secrets.ts";

type Started = Infrastructure & {
  readonly folder: string;
  readonly urlOf: (service: string) => string;
};

async function started(folder = mkdtempSync(join(tmpdir(), "shopmesh-infrastructure-"))): Promise<Started> {
  const infrastructure = await startInfrastructure({
    folder,
    ports: "free",
    services: ["order", "cart"],
    throwaway: true,
  });
  const secrets = loadSecrets(folder);
  return {
    ...infrastructure,
    folder,
    urlOf: (service) => serviceDatabaseUrl(infrastructure.databaseUrl, service, secrets),
  };
}

async function query(url: string, sql: string): Promise<readonly RowDataPacket[]> {
  const connection = await createConnection({ uri: url });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return rows;
  } finally {
    await connection.end();
  }
}

test("a service's user does everything in its own schema and is refused in another's", async (t) => {
  const infrastructure = await started();
  t.teardown(async () => {
    await infrastructure.stop();
    rmSync(infrastructure.folder, { recursive: true });
  });
  await query(infrastructure.urlOf("cart"), "CREATE TABLE carts (id INT PRIMARY KEY)");
  const order = infrastructure.urlOf("order");
  await query(order, "CREATE TABLE orders (id INT PRIMARY KEY)");
  t.deepEqual(await query(order, "SELECT * FROM orders"), []);
  await t.throwsAsync(query(order, "SELECT * FROM shop_cart.carts"), { message: /denied/i });
  await t.throwsAsync(query(order, "CREATE TABLE shopXorder.orders (id INT)"), {
    message: /denied/i,
  });
  await t.throwsAsync(query(order, "SELECT * FROM mysql.user"), { message: /denied/i });
});

test("nobody gets in without a password", async (t) => {
  const infrastructure = await started();
  t.teardown(async () => {
    await infrastructure.stop();
    rmSync(infrastructure.folder, { recursive: true });
  });
  for (const user of ["root", "", "shop_order", "shop_admin"]) {
    const url = new URL(infrastructure.databaseUrl);
    url.username = user;
    url.password = "";
    await t.throwsAsync(query(url.href, "SELECT 1"), { message: /denied/i }, user);
  }
  t.is(statSync(join(infrastructure.folder, "secrets.json")).mode & 0o077, 0);
});

test("data outlives a stop, and no process does", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "shopmesh-infrastructure-"));
  const first = await started(folder);
  t.teardown(() => rmSync(folder, { recursive: true }));
  t.teardown(first.stop);
  await query(first.urlOf("order"), "CREATE TABLE orders (id INT PRIMARY KEY)");
  await query(first.urlOf("order"), "INSERT INTO orders VALUES (7)");
  const pids = first.pids();
  t.is(pids.length, 3);
  await first.stop();
  for (const pid of pids) t.false(existsSync(`/proc/${pid}`));
  const second = await started(folder);
  t.teardown(second.stop);
  const rows = await query(second.urlOf("order"), "SELECT id FROM orders");
  t.deepEqual(
    rows.map(({ id }) => id),
    [7],
  );
});

test("servers that are configured are used and none is started in their place", async (t) => {
  const own = await started();
  const folder = mkdtempSync(join(tmpdir(), "shopmesh-configured-"));
  t.teardown(async () => {
    await own.stop();
    for (const place of [own.folder, folder]) rmSync(place, { recursive: true });
  });
  const environment = {
    DATABASE_URL: own.databaseUrl,
    NATS_URL: own.natsUrl,
    REDIS_URL: own.redisUrl,
  };
  const configured = await startInfrastructure({
    folder,
    ports: "free",
    services: ["payment"],
    environment,
  });
  t.deepEqual(configured.pids(), []);
  t.is(configured.databaseUrl, own.databaseUrl);
  const payment = serviceDatabaseUrl(own.databaseUrl, "payment", loadSecrets(folder));
  t.is((await query(payment, "SELECT DATABASE() AS name"))[0]?.["name"], "shop_payment");
  await configured.stop();
});

test("a configured server that is not there fails the start and leaves nothing running", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "shopmesh-missing-"));
  await t.throwsAsync(
    startInfrastructure({
      folder,
      ports: "free",
      environment: { DATABASE_URL: "mysql://root@127.0.0.1:1/" },
    }),
    { message: /ECONNREFUSED|connect/ },
  );
  rmSync(folder, { recursive: true });
});

test("a server that a test stops stays away until it is started, keeps its data, and one that it kills comes back", async (t) => {
  const infrastructure = await started();
  t.teardown(async () => {
    await infrastructure.stop();
    rmSync(infrastructure.folder, { recursive: true });
  });
  const { mariadb } = controlInfrastructure(infrastructure.folder, infrastructure);
  const order = infrastructure.urlOf("order");
  await query(order, "CREATE TABLE orders (id INT PRIMARY KEY)");
  await mariadb.stop();
  t.is(mariadb.pid(), undefined);
  await t.throwsAsync(query(order, "SELECT * FROM orders"), { code: "ECONNREFUSED" });
  await mariadb.start();
  t.deepEqual(await query(order, "SELECT * FROM orders"), []);
  const pid = mariadb.pid();
  await mariadb.crash();
  t.not(mariadb.pid(), pid);
  t.deepEqual(await query(order, "SELECT * FROM orders"), []);
});

test("NATS is wiped only while it is stopped, and Redis is flushed while it runs", async (t) => {
  const infrastructure = await started();
  t.teardown(async () => {
    await infrastructure.stop();
    rmSync(infrastructure.folder, { recursive: true });
  });
  const control = controlInfrastructure(infrastructure.folder, infrastructure);
  t.throws(control.wipeNats, { message: /still runs/ });
  await control.nats.stop();
  control.wipeNats();
  t.deepEqual(readdirSync(join(infrastructure.folder, "nats")), []);
  await control.nats.start();
  await t.notThrowsAsync(control.flushRedis());
});
