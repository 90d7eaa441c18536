import { type Draft, draft, type End, orAway, patiently, travel, until } from "../../crash/order.ts";
import { cards, type Placed } from "../../order.ts";
import { available } from "../../shelf.ts";
import { type Json, text } from "../../shop.ts";
import { enterWorld, type World } from "../../stories/world.ts";
import { readGroups, within } from "./groups.ts";

/** An order's way from the click to its end, told by where it ends. */
type Course = { readonly card: string; readonly end: End | "CANCELLED" };

export const courses = {
  bought: { card: cards.good, end: "COMPLETED" },
  declined: { card: cards.declined, end: "REJECTED" },
  "3-D Secure": { card: cards.threeDSecure, end: "COMPLETED" },
  "called off": { card: cards.good, end: "CANCELLED" },
} as const satisfies Readonly<Record<string, Course>>;

export type CourseName = keyof typeof courses;

/** What is left of an order in everybody's books, without what differs from order to order. */
export type EndState = Readonly<Record<string, unknown>>;

const SETTLES_WITHIN_MS = 60_000;

type Going = { readonly name: CourseName; readonly order: Draft; readonly clicked: Promise<Placed | undefined> };

/** One order on each course, all at once; the states that they end in. What is in the way dies and comes back meanwhile. */
export async function goAll(
  mesh: World["mesh"],
  run: string,
  arm: () => Promise<void> | void,
): Promise<Readonly<Record<CourseName, EndState>>> {
  // Days pass between two runs: a session of before may be over.
  const world = await patiently(() => enterWorld(mesh));
  const names = Object.keys(courses) as CourseName[];
  const orders: (readonly [CourseName, Draft])[] = [];
  for (const name of names) {
    const email = `${run}-${name.replaceAll(/[^a-z]/gi, "")}@example.com`.toLowerCase();
    orders.push([name, await draft(world, email, courses[name].card)]);
  }
  await arm();
  const going = orders.map(([name, order]): Going => ({ name, order, clicked: order.click().catch(orAway) }));
  await Promise.all(going.map((each) => goOn(world, each)));
  await travel(world, emailOf(going, "bought"));
  await Promise.all(
    going.map(({ name, order }) => until(world, order.email, (found) => stateOf(found) === courses[name].end)),
  );
  const ends: (readonly [CourseName, EndState])[] = [];
  for (const { name, order } of going) ends.push([name, await endOf(world, order)]);
  return Object.fromEntries(ends) as Record<CourseName, EndState>;
}

function emailOf(going: readonly Going[], wanted: CourseName): string {
  return going.find(({ name }) => name === wanted)?.order.email ?? "";
}

function stateOf(order: Json): string {
  return text(order, "state").replace("ORDER_STATE_", "");
}

/** Up to where only time is missing. */
async function goOn(world: World, { name, order, clicked }: Going): Promise<void> {
  await clicked;
  // Clicked again where the answer was lost: the same order.
  const placed = await patiently(order.click);
  if (name === "3-D Secure" && placed.state === "REQUIRES_ACTION") {
    await world.outside.passCheck(text(placed.answer, "actionUrl"));
  }
  if (name === "called off") await callOff(world, order, placed);
  if (courses[name].end === "COMPLETED") {
    await until(world, order.email, (found) => !text(found, "fulfilmentState").endsWith("_UNFULFILLED"));
  }
}

async function callOff(world: World, order: Draft, { token, orders: [first] }: Placed): Promise<void> {
  await until(world, order.email, (found) => ["CONFIRMED", "PROCESSING"].includes(stateOf(found)));
  const request = { requestId: "off", orderId: text(first, "id"), reason: "CANCEL_REASON_CUSTOMER_REQUEST" };
  await patiently(() => world.shop.call("shop.order.v1.OrderService/CancelOrder", request, token));
}

/** Read once it has settled: events and mails come a moment later. */
async function endOf(world: World, order: Draft): Promise<EndState> {
  let last = "";
  let state: EndState = {};
  await within(SETTLES_WITHIN_MS, async () => {
    state = await readEnd(world, order).catch(() => ({ unread: true }));
    const now = JSON.stringify(state);
    const isSettled = now === last && state["unread"] === undefined;
    last = now;
    return isSettled;
  });
  return state;
}

async function readEnd(world: World, { email, sku, before, totalMinorUnits }: Draft): Promise<EndState> {
  const { infrastructure } = world.mesh;
  const groups = (await readGroups(world)).filter((group) => group.email === email);
  const [group] = groups;
  if (group === undefined) return { orders: 0 };
  const [redemptions, deliveries, payments, sagas] = await Promise.all([
    infrastructure.rows("promotion", `SELECT state FROM redemption WHERE id = '${group.id}'`),
    infrastructure.rows(
      "notification",
      `SELECT template, state FROM delivery WHERE once_key LIKE '%${group.id}%' ORDER BY once_key`,
    ),
    infrastructure.rows("payment", `SELECT state, taken, refunded FROM payment WHERE order_group_id = '${group.id}'`),
    infrastructure.rows(
      "order",
      `SELECT kind, phase FROM mesh_saga WHERE id IN (${[group, ...group.orders].map(({ id }) => `'${id}'`).join(", ")}) ORDER BY kind`,
    ),
  ]);
  const money = await world.outside.money(group.id);
  const part = (sum: number): string => (sum === totalMinorUnits ? "all" : String(sum));
  return {
    groups: groups.length,
    group: group.state,
    orders: group.orders.map(({ state, endReason }) => `${state} ${endReason}`.trim()),
    provider: { charged: await world.outside.authorizations(group.id), net: part(money.net), held: money.held },
    payments: payments.map(({ state, taken, refunded }) => `${state} ${part(Number(taken))} ${String(refunded)}`),
    sold: before - (await available(world.shop, sku)),
    redemptions: redemptions.map(({ state }) => state),
    deliveries: deliveries.map(({ template, state }) => `${template} ${state}`),
    sagas: sagas.map(({ kind, phase }) => `${kind} ${phase}`),
  };
}
