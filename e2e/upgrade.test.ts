import { join } from "node:path";
import test from "ava";
import { removeTemporaryFolder, startMesh, temporaryFolder } from "../dev/src/testing.ts";
import { existingServices } from "../dev/src/topology.ts";
import { type Draft, draft, orAway, patiently, travel, until } from "./crash/order.ts";
import { requireWhole } from "./crash/whole.ts";
import { cards, type Placed } from "./order.ts";
import { type Json, text } from "./shop.ts";
import { emailOf, enterWorld, type World } from "./stories/world.ts";
import { beginWith, layOlderTree, seedBy } from "./upgrade/older.ts";

/** Main when the orders began that the mesh of today must finish. Never moved on: what it wrote is what is out there. */
const OLDER = "f8d25b5af74a5af0047a700daa82893d2a11d961";
const PICKED_UP_S = 10 * 3_600;

test("an order in flight, placed by the older code, is finished by the newer one", async (t) => {
  t.timeout(420_000);
  const folder = temporaryFolder();
  t.teardown(() => removeTemporaryFolder(folder));
  const older = await layOlderTree(OLDER, join(folder, "older"));
  const { commandOf, upgrade } = beginWith(older, join(folder, "tree"));
  const services = existingServices(older.folder);
  const mesh = await startMesh({ topology: "compact", services, commandOf });
  t.teardown(() => mesh.stop());
  await seedBy(older, mesh);
  const world = await enterWorld(mesh);

  const shipped = await order(world, "shipped", cards.good);
  await shipped.click();
  await until(world, shipped.email, isPlanned);
  await advance(world, PICKED_UP_S);
  await until(world, shipped.email, (found) => text(found, "fulfilmentState").endsWith("_SHIPPED"));
  const confirmed = await order(world, "confirmed", cards.good);
  await confirmed.click();
  const payer = await order(world, "payer", cards.threeDSecure);
  const action = await payer.click();
  t.is(action.state, "REQUIRES_ACTION");
  const refused = await order(world, "refused", cards.threeDSecure);
  const refusal = await refused.click();
  const quoted = await order(world, "quoted", cards.good);
  const charged = await chargedUnheard(world);

  await upgrade(mesh);

  await world.outside.passCheck(text(action.answer, "actionUrl"));
  await world.outside.failCheck(text(refusal.answer, "actionUrl"));
  await Promise.all([charged.clicked, patiently(quoted.click)]);
  await requireWhole(t, world, refused, "REJECTED");
  const bought = [shipped, confirmed, payer, charged.order, quoted];
  for (const { email } of bought) await until(world, email, isPlanned);
  await travel(world, quoted.email);
  for (const each of bought) await requireWhole(t, world, each, "COMPLETED");
});

/** An order whose charge nobody has heard of yet: the answer is lost, and the next try is to come. */
async function chargedUnheard(world: World): Promise<{ order: Draft; clicked: Promise<Placed | undefined> }> {
  const charged = await order(world, "charged", cards.lostAnswer);
  const clicked = charged.click().catch(orAway);
  const groupId = text(await until(world, charged.email, () => true), "orderGroupId");
  while ((await world.outside.authorizations(groupId)) === 0) await until(world, charged.email, () => true);
  return { order: charged, clicked };
}

function isPlanned(found: Json): boolean {
  return !text(found, "fulfilmentState").endsWith("_UNFULFILLED");
}

function order(world: World, name: string, card: string): Promise<Draft> {
  return draft(world, emailOf(`upgrade-${name}`), card);
}

async function advance(world: World, seconds: number): Promise<void> {
  await world.shop.call("shop.mesh.v1.ClockService/Advance", { by: `${seconds}s` }, world.admin);
}
