import test, { type ExecutionContext } from "ava";
import { allBack, killAndWait, openReaper } from "./crash/death.ts";
import { draft, type End, orAway, settled, travel, until } from "./crash/order.ts";
import { requireWhole } from "./crash/whole.ts";
import { cards } from "./order.ts";
import { text } from "./shop.ts";
import { emailOf, openWorld, type World } from "./stories/world.ts";

/**
 * Processes die by SIGKILL wherever it hurts on an order's way: after an effect whose answer is lost, within the
 * transaction that keeps it, right after it. Started again by the supervisor, the order gets where it would have got.
 */
const reaper = openReaper();
let orderCount = 0;
let opened: World | undefined;

test.before("the mesh starts, a process for each service", async (t) => {
  t.timeout(240_000);
  opened = await openWorld("mesh", reaper.environment);
});
test.after.always("the mesh stops", async () => {
  await opened?.mesh.stop();
  reaper.close();
});

const stages = {
  checkout: ["hold-stock", "authorize-payment", "allocate-stock", "close-cart"],
  delivery: ["create-shipments", "await-parcels"],
  parcel: ["await-shipped", "capture-payment", "await-delivered"],
} as const;
const eachStage = (point: string): readonly string[] =>
  Object.entries(stages).flatMap(([saga, steps]) => steps.map((step) => `${saga}/${step}/${point}`));

const payment = "shop.payment.v1.PaymentService";
const inventory = "shop.inventory.v1.InventoryService";
const promotion = "shop.promotion.v1.PromotionService";
const shipping = "shop.shipping.v1.ShippingService";

const survives = test.macro(async (t, places: readonly string[], end: End) => {
  t.timeout(240_000);
  const left = await dieAt(t, places, end);
  // Two sagas of one process may keep their stages at once, and one death is both's: each by itself then.
  for (const place of left) t.deepEqual(await dieAt(t, [place], end), [], "a death at each place");
});

/** An order on whose way somebody dies at each of `places`; where nobody came. */
async function dieAt(t: ExecutionContext, places: readonly string[], end: End): Promise<readonly string[]> {
  const world = theWorld();
  const order = await draft(world, newEmail(), cardFor(end));
  reaper.arm(places);
  // Its answer may die with the process; the order must not.
  const clicked = order.click().catch(orAway);
  if (end === "COMPLETED") await travel(world, order.email);
  await Promise.all([clicked, settled(world, order.email, end)]);
  const left = reaper.left(places);
  reaper.disarm(left);
  await allBack(world.mesh);
  await requireWhole(t, world, order, end);
  return left;
}

test.serial(
  "order dies at every stage after its effects, their answers lost: the order is completed all the same",
  survives,
  ["checkout/hold-stock/before-steps", ...eachStage("after-steps")],
  "COMPLETED",
);
test.serial(
  "order dies at every stage right after it is kept, and while it keeps what cannot be undone: completed all the same",
  survives,
  [...eachStage("after-boundary"), "checkout/allocate-stock/in-boundary", "parcel/capture-payment/in-boundary"],
  "COMPLETED",
);
test.serial(
  "order dies on each step back from a declined card: the order is rejected all the same",
  survives,
  ["authorize-payment/after-steps", "authorize-payment/after-boundary", "hold-stock/after-steps"].map(
    (place) => `checkout/undo ${place}`,
  ),
  "REJECTED",
);
test.serial(
  "those whom order asks die before and after each answer: the order is completed all the same",
  survives,
  [
    `${inventory}/HoldStock/after`,
    `${promotion}/ReserveRedemption/after`,
    `${payment}/AuthorizePayment/before`,
    `${payment}/AuthorizePayment/after`,
    `${inventory}/AllocateStock/after`,
    `${shipping}/CreateShipments/after`,
    `${inventory}/ShipStock/after`,
    `${payment}/CapturePayment/after`,
  ],
  "COMPLETED",
);
test.serial(
  "those whom order asks die on the way back: the order is rejected all the same",
  survives,
  [`${payment}/VoidPayment/after`, `${inventory}/ReleaseHold/after`, `${promotion}/ReleaseRedemption/after`],
  "REJECTED",
);

test.serial("payment dies after the card was charged and before it hears of it: charged once", async (t) => {
  t.timeout(120_000);
  const world = theWorld();
  const order = await draft(world, newEmail(), cards.lostAnswer);
  const clicked = order.click().catch(orAway);
  const pending = await until(world, order.email, () => true);
  const groupId = text(pending, "orderGroupId");
  while ((await world.outside.authorizations(groupId)) === 0) t.is(text(pending, "state"), "ORDER_STATE_PENDING");
  await killAndWait(world.mesh, "payment");
  await Promise.all([clicked, settled(world, order.email, "CONFIRMED")]);
  await requireWhole(t, world, order, "CONFIRMED");
});

/** By its address the order is found whose answer was lost: no two have the same. */
function newEmail(): string {
  orderCount += 1;
  return emailOf(`crash-${orderCount}`);
}

function cardFor(end: End): string {
  return end === "REJECTED" ? cards.declined : cards.good;
}

function theWorld(): World {
  if (opened === undefined) throw new Error("the mesh is not there");
  return opened;
}
