import { type Draft, draft, type End, orAway, patiently, travel, until, untilLabelled } from "../../crash/order.ts";
import { cards, type Placed } from "../../order.ts";
import { available } from "../../shelf.ts";
import { type Json, list, object, type Shop, text } from "../../shop.ts";
import { enterWorld, type World } from "../../stories/world.ts";
import { type GroupRow, isReplacement, readGroups, within } from "./groups.ts";

/** An order's way from the click to its end, told by where it ends. */
type Course = {
  readonly card: string;
  readonly end: End | "CANCELLED";
  /** Up to where only time is missing. */
  readonly goOn?: (world: World, order: Draft, placed: Placed) => Promise<void>;
  /** Once its parcel has arrived. */
  readonly after?: (world: World, order: Draft, placed: Placed) => Promise<void>;
};

export const courses = {
  bought: { card: cards.good, end: "COMPLETED" },
  declined: { card: cards.declined, end: "REJECTED" },
  "3-D Secure": { card: cards.threeDSecure, end: "COMPLETED", goOn: passCheck },
  "called off": { card: cards.good, end: "CANCELLED", goOn: callOff },
  "sent back": { card: cards.good, end: "COMPLETED", after: sendBack },
  exchanged: { card: cards.good, end: "COMPLETED", after: exchange },
  lost: { card: cards.good, end: "COMPLETED", goOn: loseParcel },
} as const satisfies Readonly<Record<string, Course>>;

export type CourseName = keyof typeof courses;

/** What is left of an order in everybody's books, without what differs from order to order. */
export type EndState = Readonly<Record<string, unknown>>;

const ORDERS = "shop.order.v1.OrderService";
const ORDER_ADMIN = "shop.order.v1.OrderAdminService";
const SETTLES_WITHIN_MS = 60_000;
/**
 * Longer than a mail's sender that died counts as alive, and its next try needs; longer, too, than a payer is left alone before she is
 * reminded, where that news came only after the clock had been set forward.
 */
const READ_WITHIN_MS = 400_000;

type Going = { readonly name: CourseName; readonly order: Draft; readonly clicked: Promise<Placed | undefined> };

/** One order on each course, all at once; the states that they end in. What is in the way dies and comes back meanwhile. */
export async function goAll(
  mesh: World["mesh"],
  run: string,
  arm: () => Promise<void> | void,
): Promise<Readonly<Record<CourseName, EndState>>> {
  // Days pass between two runs: a session of before may be over.
  const entered = await patiently(() => enterWorld(mesh));
  const world = { ...entered, shop: patient(entered.shop) };
  await arm();
  const names = Object.keys(courses) as CourseName[];
  const going: Going[] = [];
  for (const name of names) {
    const email = `${run}-${name.replaceAll(/[^a-z]/gi, "")}@example.com`.toLowerCase();
    const order = await draft(world, email, courses[name].card);
    going.push({ name, order, clicked: order.click().catch(orAway) });
  }
  const placed = new Map(await Promise.all(going.map(async (each) => [each.name, await goOn(world, each)] as const)));
  await travel(world, emailOf(going, "bought"));
  await Promise.all(going.map((each) => arrive(world, each, placed.get(each.name))));
  const ends: (readonly [CourseName, EndState])[] = [];
  for (const { name, order } of going) ends.push([name, await endOf(world, order)]);
  return Object.fromEntries(ends) as Record<CourseName, EndState>;
}

/** `shop` for one who tries the same call again while somebody is away. */
function patient(shop: Shop): Shop {
  return { ...shop, call: (method, request, token) => patiently(() => shop.call(method, request, token)) };
}

function emailOf(going: readonly Going[], wanted: CourseName): string {
  return going.find(({ name }) => name === wanted)?.order.email ?? "";
}

function stateOf(order: Json): string {
  return text(order, "state").replace("ORDER_STATE_", "");
}

function isPlanned(order: Json): boolean {
  return !text(order, "fulfilmentState").endsWith("_UNFULFILLED");
}

async function goOn(world: World, { name, order, clicked }: Going): Promise<Placed> {
  const course: Course = courses[name];
  // Clicked again where the answer was lost: the same order.
  const placed = (await clicked) ?? (await order.click());
  await course.goOn?.(world, order, placed);
  if (course.end === "COMPLETED") await untilLabelled(world, order.email);
  return placed;
}

async function arrive(world: World, { name, order }: Going, placed: Placed | undefined): Promise<void> {
  const course: Course = courses[name];
  await until(world, order.email, (found) => stateOf(found) === course.end);
  if (placed !== undefined) await course.after?.(world, order, placed);
}

async function passCheck({ outside }: World, _order: Draft, { state, answer }: Placed): Promise<void> {
  if (state === "REQUIRES_ACTION") await outside.passCheck(text(answer, "actionUrl"));
}

/** While its parcel is at home, its label bought. */
async function callOff({ shop, ...world }: World, { email }: Draft, { token }: Placed): Promise<void> {
  const order = await until({ shop, ...world }, email, isPlanned);
  const request = { requestId: "off", orderId: text(order, "id"), reason: "CANCEL_REASON_CUSTOMER_REQUEST" };
  await shop.call(`${ORDERS}/CancelOrder`, request, token);
}

async function loseParcel({ shop, mesh, ...world }: World, { email }: Draft, { token }: Placed): Promise<void> {
  const order = await until({ shop, mesh, ...world }, email, isPlanned);
  await within(SETTLES_WITHIN_MS, async () => {
    const request = { orderId: text(order, "id") };
    const [shipment] = list(
      await shop.call("shop.shipping.v1.ShippingService/ListShipments", request, token),
      "shipments",
    );
    const number = text(shipment, "trackingNumber");
    if (number === "") return false;
    const fate = JSON.stringify({ fate: "lost" });
    return (await fetch(`${mesh.sandboxUrl}/sandbox/parcels/${number}`, { method: "POST", body: fate })).ok;
  });
}

function sendBack(world: World, order: Draft, { token }: Placed): Promise<void> {
  return goBack(world, order, { token, wish: "RequestReturn", isLabelAwaited: true, end: "REFUNDED" });
}

/** For the same once more, which is ordered by itself, and packed. */
async function exchange(world: World, order: Draft, { token }: Placed): Promise<void> {
  const replacements = [{ sku: order.sku, quantity: 1 }];
  await goBack(world, order, { token, wish: "RequestExchange", end: "EXCHANGED", instead: { replacements } });
  await within(SETTLES_WITHIN_MS, async () => {
    const found = (await readGroups(world)).filter(({ email }) => email === order.email).filter(isReplacement);
    return found.flatMap(({ orders }) => orders).some(({ parcels }) => parcels.length > 0);
  });
}

type WayBack = {
  readonly token: string;
  readonly wish: "RequestReturn" | "RequestExchange";
  readonly instead?: Json;
  /** Otherwise the goods may be there before their label is, which is then not bought. */
  readonly isLabelAwaited?: boolean;
  readonly end: "REFUNDED" | "EXCHANGED";
};

/** Asked for, allowed, taken in and looked at: goods and money go back by themselves. */
async function goBack(
  { shop, admin, ...world }: World,
  { email }: Draft,
  { token, wish, instead = {}, isLabelAwaited = false, end }: WayBack,
): Promise<void> {
  const order = await until({ shop, admin, ...world }, email, () => true);
  const [orderId, lineId] = [text(order, "id"), text(list(order, "lines")[0], "id")];
  const lines = [{ lineId, quantity: 1, reason: "RETURN_REASON_CHANGED_MIND" }];
  const request = { requestId: `return-${orderId}`, orderId, lines, ...instead };
  const asked = await shop.call(`${ORDERS}/${wish}`, request, token);
  const returnId = text(asked, "return", "id");
  const step = (method: string, fields: Json = {}) =>
    shop.call(`${ORDER_ADMIN}/${method}`, { requestId: `${method}-${returnId}`, returnId, ...fields }, admin);
  const comesTo = (isThere: (found: Json) => boolean) =>
    within(SETTLES_WITHIN_MS, async () =>
      isThere(object(await shop.call(`${ORDERS}/GetReturn`, { returnId }, token), "return")),
    );
  await step("ApproveReturn");
  if (isLabelAwaited) await comesTo(({ shipment }) => shipment !== undefined);
  await step("ReceiveReturn", { lines: [{ lineId, quantity: 1 }] });
  await step("InspectReturn", { lines: [{ lineId, resellableQuantity: 1 }] });
  await comesTo((found) => text(found, "state") === `RETURN_STATE_${end}`);
}

/** Read once it has settled: events come a moment later, and a mail whose sender has just died a while. */
async function endOf(world: World, order: Draft): Promise<EndState> {
  let last = "";
  let state: EndState = {};
  await within(READ_WITHIN_MS, async () => {
    state = await readEnd(world, order).catch(() => ({ unread: true }));
    const now = JSON.stringify(state);
    const isSettled = now === last && state["unread"] === undefined && !now.includes(" pending");
    last = now;
    return isSettled;
  });
  return state;
}

async function readEnd(world: World, { email, sku, before, totalMinorUnits }: Draft): Promise<EndState> {
  const groups = (await readGroups(world)).filter((found) => found.email === email);
  const [group] = groups.filter((found) => !isReplacement(found));
  if (group === undefined) return { orders: 0 };
  const money = await world.outside.money(group.id);
  const line = group.orders[0]?.lines[0]?.total ?? 0;
  // In words: another run may buy something dearer.
  const words = new Map([
    [totalMinorUnits - line, "all but its line"],
    [line, "its line"],
    [totalMinorUnits, "all"],
  ]);
  const part = (sum: number): string => words.get(sum) ?? String(sum);
  const { redemptions, deliveries, payments, sagas } = await readRows(world, group);
  return {
    groups: groups.length,
    group: group.state,
    orders: group.orders.map(({ state, endReason }) => `${state} ${endReason}`.trim()),
    parcels: group.orders.flatMap(({ parcels }) => parcels.map(({ state }) => state)),
    replacements: groups
      .filter(isReplacement)
      .flatMap(({ state, orders }) => orders.map((order) => `${state} ${order.state} ${order.total}`)),
    returns: group.orders.flatMap(({ returns }) => returns.map(({ state }) => state)),
    refunds: group.orders.flatMap(({ refunds }) => refunds.map(({ state }) => state)),
    provider: { charged: await world.outside.authorizations(group.id), net: part(money.net), held: money.held },
    payments: payments.map(
      ({ state, taken, refunded }) => `${String(state)} ${part(Number(taken))} ${part(Number(refunded))}`,
    ),
    sold: before - (await available(world.shop, sku)),
    redemptions: redemptions.map(({ state }) => state),
    deliveries: deliveries.map(({ template, state }) => `${String(template)} ${String(state)}`),
    sagas: sagas.map(({ kind, phase }) => `${String(kind)} ${String(phase)}`),
  };
}

async function readRows({ mesh }: World, { id, orders }: GroupRow) {
  const ask = (service: string, statement: string) => mesh.infrastructure.rows(service, statement);
  const ids = [id, ...orders.map((order) => order.id)].map((each) => `'${each}'`).join(", ");
  const mails = `SELECT template, state FROM delivery WHERE once_key LIKE '%${id}%' ORDER BY once_key`;
  const [redemptions, deliveries, payments, sagas] = await Promise.all([
    ask("promotion", `SELECT state FROM redemption WHERE id = '${id}'`),
    ask("notification", mails),
    ask("payment", `SELECT state, taken, refunded FROM payment WHERE order_group_id = '${id}'`),
    ask("order", `SELECT kind, phase FROM mesh_saga WHERE id IN (${ids}) ORDER BY kind`),
  ]);
  return { redemptions, deliveries, payments, sagas };
}
