import { setTimeout as delay } from "node:timers/promises";
import test from "ava";
import { type CheckoutCounts, type Counters, countsBetween, readCounters } from "../bench/counts.ts";
import { checkoutLimits, followingLimits, restLimits } from "../bench/figures.ts";
import { addItem, openCart, openShop, order, type Shop } from "../bench/shop.ts";
import { type BenchMesh, type Ground, layGround, startBenchMesh, WEBHOOKS_AFTER_MS } from "../bench/world.ts";

/**
 * What a guest's checkout makes the processes do, counted by their own metrics: no time is looked at, so it says the same
 * on any machine, however busy.
 */
let ground: Ground | undefined;
let mesh: BenchMesh | undefined;
let shop: Shop | undefined;

const FEW = 2;
const LOOK_MS = 250;
const REST_MS = 6_000;
const MINUTE_MS = 60_000;
/** Into a minute: what its schedules have sent is done, on a busy machine too; and the latest at which to begin a count. */
const SCHEDULES_DONE_MS = 15_000;
const BEGIN_BY_MS = 40_000;
/** As many as a cart holds. */
const MANY = 200;

test.before("the mesh starts in one process", async (t) => {
  t.timeout(180_000);
  ground = await layGround();
  mesh = await startBenchMesh(ground, { topology: "solo", isTraced: false });
  shop = await openShop(mesh.gatewayUrl);
});
test.after.always("the mesh stops", async () => {
  shop?.client.close();
  await mesh?.stop();
  await ground?.stop();
});

test.serial(
  "a guest's checkout of two lines of two sellers keeps within its statements, commits and RPCs",
  async (t) => {
    t.timeout(120_000);
    const skus = skusOf(FEW);
    const guest = await openCart(theShop());
    const counts = await counted(async () => {
      for (const sku of skus) await addItem(theShop(), guest, sku);
      await order(theShop(), guest);
    });
    const { statements, commits, rpcs } = checkoutLimits;
    t.log(`${counts.statements} statements, ${counts.commits} commits, ${counts.rpcs} RPCs`);
    t.true(counts.statements <= statements, describe(counts.statementsByOperation));
    t.true(counts.commits <= commits, describe(counts.commitsByOperation));
    t.true(counts.rpcs <= rpcs, describe(counts.rpcsByMethod));
  },
);

test.serial("what follows a guest's checkout keeps within its statements, commits and RPCs", async (t) => {
  t.timeout(240_000);
  const following = await whatFollows();
  const { statements, commits, rpcs } = followingLimits;
  t.log(`${following.statements} statements, ${following.commits} commits, ${following.rpcs} RPCs`);
  t.true(following.statements <= statements, describe(following.statementsByOperation));
  t.true(following.commits <= commits, describe(following.commitsByOperation));
  t.true(following.rpcs <= rpcs, describe(following.rpcsByMethod));
});

test.serial("at rest the processes ask their databases for little", async (t) => {
  t.timeout(180_000);
  const { operationsPorts } = theMesh();
  await untilBetweenSchedules();
  await untilQuiet(await readCounters(operationsPorts));
  const begin = await readCounters(operationsPorts);
  // What reading the counters costs is no rest.
  const [before, startMs] = [await readCounters(operationsPorts), performance.now()];
  const reading = countsBetween(begin, before, 1).loops;
  await delay(REST_MS);
  const { loops } = countsBetween(before, await readCounters(operationsPorts), 1);
  const seconds = (performance.now() - startMs) / 1_000;
  const statements = (loops.statements - reading.statements) / seconds;
  const commits = (loops.commits - reading.commits) / seconds;
  t.log(`${statements.toFixed(1)} statements and ${commits.toFixed(1)} commits a second`);
  t.true(statements > 0, "loops look");
  t.true(statements <= restLimits.statementsPerSecond, describe(loops.statementsByOperation));
  t.true(commits <= restLimits.commitsPerSecond, describe(loops.commitsByOperation));
});

test.serial("the last line and the order of the cart cost the same with two hundred lines as with two", async (t) => {
  t.timeout(240_000);
  const shelves = await fullShelves();
  const [few, many] = [await lastLineAndOrder(shelves, FEW), await lastLineAndOrder(shelves, MANY)];
  t.true(few.statements > 0 && few.rpcs > 0);
  t.deepEqual(many.statementsByOperation, few.statementsByOperation);
  t.deepEqual(many.commitsByOperation, few.commitsByOperation);
  t.deepEqual(many.rpcsByMethod, few.rpcsByMethod);
});

/** Schedules are due at full minutes, up to a dozen of them at once: what they make the processes do is neither rest nor a checkout's. */
async function untilBetweenSchedules(): Promise<void> {
  const intoMinuteMs = Date.now() % MINUTE_MS;
  const isBetween = intoMinuteMs >= SCHEDULES_DONE_MS && intoMinuteMs <= BEGIN_BY_MS;
  if (!isBetween) await delay((MINUTE_MS + SCHEDULES_DONE_MS - intoMinuteMs) % MINUTE_MS);
}

/** What a checkout sets going, once all of that has ended. */
async function whatFollows(): Promise<CheckoutCounts["following"]> {
  const { operationsPorts } = theMesh();
  const guest = await openCart(theShop());
  await untilBetweenSchedules();
  await untilQuiet(await readCounters(operationsPorts));
  const before = await readCounters(operationsPorts);
  for (const sku of skusOf(FEW)) await addItem(theShop(), guest, sku);
  await order(theShop(), guest);
  const { following } = await untilQuiet(
    before,
    ({ following: { rpcsByMethod: rpcs, commitsByOperation: commits } }) => {
      const isLabelled = (rpcs["shop.shipping.v1.ShippingService/ReceiveFedexEvent"] ?? 0) >= FEW;
      const isTold = (commits["process shop.notification.v1.SendDelivery"] ?? 0) > 0;
      return isLabelled && isTold && (rpcs["shop.payment.v1.PaymentService/ReceiveStripeEvent"] ?? 0) > 0;
    },
  );
  return following;
}

/** What the last AddItem of `lines`, half of them of each shelf, and the order of them cost. */
async function lastLineAndOrder(shelves: Shop["shelves"], lines: number): Promise<CheckoutCounts> {
  const [last = "", ...others] = shelves.flatMap((shelf) => shelf.slice(0, lines / shelves.length));
  const guest = await openCart(theShop());
  for (const sku of others) await addItem(theShop(), guest, sku);
  return counted(async () => {
    await addItem(theShop(), guest, last);
    await order(theShop(), guest);
  });
}

/** The two sellers with the most that can be bought twice: their skus. */
async function fullShelves(): Promise<Shop["shelves"]> {
  const { client } = theShop();
  const { products } = (await client.post("/shop.catalog.v1.CatalogService/ListProducts", { pageSize: 200 })) as {
    readonly products: readonly { readonly sellerId: string; readonly variants: readonly { readonly sku: string }[] }[];
  };
  const bySeller = Object.values(Object.groupBy(products, ({ sellerId }) => sellerId));
  const shelves = await Promise.all(
    bySeller.map(async (all = []) => {
      const skus = all.flatMap(({ variants }) => variants.map(({ sku }) => sku)).slice(0, MANY);
      const asked = await client.post("/shop.inventory.v1.InventoryService/GetAvailability", { skus });
      const { availability } = asked as { readonly availability: readonly { sku: string; available?: number }[] };
      return availability.filter(({ available = 0 }) => available >= 2).map(({ sku }) => sku);
    }),
  );
  return shelves.toSorted((left, right) => right.length - left.length).slice(0, 2);
}

/** What was counted since `before`, once that is as wished and nothing more comes of it: longer than the outside takes to tell. */
async function untilQuiet(
  before: Counters,
  isWished: (counts: CheckoutCounts) => boolean = () => true,
): Promise<CheckoutCounts> {
  let last = "";
  for (let quietLooks = 0; ; ) {
    const counts = countsBetween(before, await readCounters(theMesh().operationsPorts), 1);
    const seen = JSON.stringify({ ...counts, loops: undefined });
    quietLooks = seen === last && isWished(counts) ? quietLooks + 1 : 0;
    last = seen;
    if (quietLooks * LOOK_MS > 2 * WEBHOOKS_AFTER_MS) return counts;
    await delay(LOOK_MS);
  }
}

async function counted(work: () => Promise<void>): Promise<CheckoutCounts> {
  const { operationsPorts } = theMesh();
  const before = await readCounters(operationsPorts);
  await work();
  return countsBetween(before, await readCounters(operationsPorts), 1);
}

/** So many skus of two sellers. */
function skusOf(count: number): readonly string[] {
  const [first = [], second = []] = theShop().shelves;
  const skus = [...first.slice(0, count / 2), ...second.slice(0, count / 2)];
  if (skus.length < count) throw new Error(`only ${skus.length} skus are in stock`);
  return skus;
}

function describe(counts: Readonly<Record<string, number>>): string {
  return JSON.stringify(counts, undefined, 1);
}

function theMesh(): BenchMesh {
  if (mesh === undefined) throw new Error("the mesh is not there");
  return mesh;
}

function theShop(): Shop {
  if (shop === undefined) throw new Error("the shop is not open");
  return shop;
}
