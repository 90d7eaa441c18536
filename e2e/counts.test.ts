import test from "ava";
import { type CheckoutCounts, countsBetween, readCounters } from "../bench/counts.ts";
import { checkoutLimits } from "../bench/figures.ts";
import { addItem, openCart, openShop, order, type Shop } from "../bench/shop.ts";
import { type BenchMesh, type Ground, layGround, startBenchMesh } from "../bench/world.ts";

/**
 * What a guest's checkout makes the processes do, counted by their own metrics: no time is looked at, so it says the same
 * on any machine, however busy.
 */
let ground: Ground | undefined;
let mesh: BenchMesh | undefined;
let shop: Shop | undefined;

const FEW = 2;

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
