import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { isRefusal } from "@shopmesh/kernel";
import type { Client, SagaDriver, SagaStep, StepAttempt, Tx } from "@shopmesh/mesh";
import { destinationOf } from "../changing.ts";
import { type Exchange, moveExchange } from "../exchange.ts";
import { beginCreditBack, creditDue, placeReplacement } from "../exchanging.ts";
import type { PlacedGroup } from "../group.ts";
import { isFinal, type Order } from "../order.ts";
import { purchaseOf } from "../purchase.ts";
import { hasCome, moveReturn, type Return } from "../return.ts";
import { changeReturn, returnIn } from "../returning.ts";
import { findGroup, insertGroup, orderIn } from "../store/orders.ts";
import { insertTimeline } from "../store/timeline.ts";
import { describePlacement } from "../timeline.ts";
import { changeAftersale, type OrderKey } from "./aftersale.ts";
import type { CheckoutState } from "./checkout.ts";
import { giveBack, type RefundDeps, type RefundState } from "./refund.ts";

/** What a return's saga remembers of its exchange; each absent before it is known. */
export type ExchangeMemory = {
  /** Whether the replacement is kept. */
  readonly reserved?: "reserved" | "out-of-stock";
  /** Whether its order was confirmed. */
  readonly isReplaced?: boolean;
  /** Whether what the goods had paid for it is being given back: `refundId` is that refund's from then on. */
  readonly isCreditBack?: boolean;
};

/** What the saga of a return with an exchange remembers. */
type State = RefundState & ExchangeMemory & { readonly returnId: string };

/** What exchanges need of the others. */
export type ExchangeDeps = RefundDeps & {
  readonly inventory: Pick<
    Client<typeof InventoryService>,
    "holdStock" | "releaseHold" | "allocateStock" | "deallocateStock"
  >;
};

/** Held so long, until it is allocated at once. */
const HOLD_TTL_MS = 15 * 60_000;
/** How often a replacement is looked for when no news came. */
const LOOK_AGAIN_MS = 6 * 3_600_000;

/** Keeps the replacement in stock, as its order will find it: by the ids that its checkout asks with. */
export function reserveReplacement({ sql, inventory }: ExchangeDeps): SagaStep<State> {
  return {
    name: "reserve-replacement",
    async perform({ groupId, orderId, returnId }, { key, origin }) {
      const placed = await findGroup(sql, groupId);
      const order = orderIn(placed, orderId);
      const { exchange } = returnIn(order, returnId);
      if (exchange?.state !== "wanted") return { kind: "done" };
      const lines = exchange.lines.map(({ sku, quantity }) => ({ sku, quantity }));
      const { countryCode, region, postalCode } = destinationOf(order, placed.group);
      const towards = { ttl: durationFromMs(HOLD_TTL_MS), destination: { countryCode, region, postalCode } };
      const holdId = exchange.groupId;
      try {
        await inventory.holdStock({ requestId: `${key}/hold`, holdId, lines, ...towards }, origin);
        const orders = [{ orderId: exchange.orderId, lines }];
        await inventory.allocateStock({ requestId: `${key}/allocate`, holdId, orders }, origin);
        return { kind: "done", state: { reserved: "reserved" } };
      } catch (error) {
        if (!isRefusal(error, "OUT_OF_STOCK")) throw error;
        return { kind: "done", state: { reserved: "out-of-stock" } };
      }
    },
    async undo({ groupId, orderId, returnId }, attempt) {
      const one = returnIn(orderIn(await findGroup(sql, groupId), orderId), returnId);
      if (hasCome(one)) return "too-late";
      if (one.exchange !== undefined) await release(inventory, one.exchange, attempt);
      return undefined;
    },
  };
}

/** Waits until the replacement's order is at its end; what goods had paid of it goes back where it did not arrive. */
export function awaitReplacement(deps: ExchangeDeps): SagaStep<State> {
  const { sql, clock, newId, inventory } = deps;
  return {
    name: "await-replacement",
    async perform(state, attempt) {
      const order = orderIn(await findGroup(sql, state.groupId), state.orderId);
      const { exchange } = returnIn(order, state.returnId);
      if (exchange?.state === "dropped") await release(inventory, exchange, attempt);
      if (exchange?.held === undefined) return { kind: "done" };
      if (state.isCreditBack === true) return giveBack(deps, state, attempt);
      const placed = await findGroup(sql, exchange.groupId);
      const replacement = orderIn(placed, exchange.orderId);
      const known = { isReplaced: placed.group.state === "confirmed" };
      if (!isFinal(replacement.state) && replacement.state !== "completed")
        return { kind: "waiting", until: clock() + LOOK_AGAIN_MS, for: "replacement", state: known };
      if (creditDue(order, state.returnId, replacement).minorUnits <= 0n) return { kind: "done", state: known };
      // Written down, and promised, before it is given back.
      const refundId = newId();
      const owed = { ...known, isCreditBack: true, refundId, transferId: refundId };
      return { kind: "waiting", until: clock(), for: "refund", state: owed };
    },
  };
}

/** What becomes of a return and its order by what its saga learnt of the exchange. */
export function exchangeAfter(
  order: Order,
  { reserved, isReplaced, isCreditBack, returnId, refundId }: State,
  replacement: Order | undefined,
  nowMs: number,
): Order {
  const { exchange, state } = returnIn(order, returnId);
  if (exchange === undefined) return order;
  const kept = reserved === undefined ? exchange : moveExchange(exchange, reserved);
  const isEnded = isReplaced === false && replacement !== undefined && isFinal(replacement.state);
  const to = state === "rejected" ? "dropped" : isReplaced === true ? "confirmed" : isEnded ? "failed" : kept.state;
  const moved = moveExchange(kept, to);
  const changed = changeReturn(order, returnId, (one) => withExchange(one, moved, nowMs), nowMs);
  if (isCreditBack !== true || replacement === undefined) return changed;
  const begun = beginCreditBack(changed, { returnId, refundId }, replacement, nowMs);
  if (begun === changed || moved.state === "confirmed") return begun;
  return changeReturn(begun, returnId, (one) => ({ ...one, refundId }), nowMs);
}

function withExchange(one: Return, exchange: Exchange, nowMs: number): Return {
  if (one.exchange?.state === exchange.state) return one;
  const changed = { ...one, exchange, updateMs: nowMs };
  return exchange.state === "confirmed" ? moveReturn(changed, "exchanged", nowMs) : changed;
}

/** Orders an inspected return's replacement, in the transaction of the inspection; nothing where there is none to order. */
export async function orderReplacement(
  tx: Tx,
  checkout: SagaDriver<CheckoutState>,
  { order, placed, returnId, requestId }: Inspected,
  nowMs: number,
): Promise<void> {
  const one = returnIn(order, returnId);
  if (one.exchange?.state !== "placed") return;
  const { exchange } = one;
  const replacement = placeReplacement(placed.group, order, one, exchange, nowMs);
  if (!(await insertGroup(tx, replacement, 1))) return;
  insertTimeline(tx, exchange.groupId, describePlacement(replacement));
  await checkout.begin(tx, exchange.groupId, {
    groupId: exchange.groupId,
    requestId,
    purchase: purchaseOf(replacement),
    tenders: exchange.tenders.map(({ amount, ...means }) => ({ ...means, minorUnits: String(amount.minorUnits) })),
    returnUrl: exchange.returnUrl,
    ...{ actionUrl: "", actionExpireMs: 0, allocations: [] },
  });
}

/** An order of which a return was inspected. */
export type Inspected = {
  readonly order: Order;
  readonly placed: PlacedGroup;
  readonly returnId: string;
  readonly requestId: string;
};

/** Gives back what goods had paid of pieces of their replacement that came back themselves: a refund of their own order. */
export async function creditReturned(
  tx: Tx,
  { newId, refunds }: { readonly newId: () => string; readonly refunds: SagaDriver<RefundState> },
  replacement: Order,
  nowMs: number,
): Promise<void> {
  if (replacement.exchangeOf === undefined) return;
  const { returnId, ...key } = replacement.exchangeOf;
  const refundId = newId();
  const { after } = await changeAftersale(tx, key, nowMs, (order) =>
    beginCreditBack(order, { returnId, refundId }, replacement, nowMs),
  );
  if (after.refunds?.some(({ id }) => id === refundId) !== true) return;
  await refunds.begin(tx, refundId, { ...key, refundId, transferId: refundId });
}

/** Gives the replacement's stock up: its order can never have it again. */
async function release(
  inventory: ExchangeDeps["inventory"],
  { groupId, orderId }: Exchange,
  { key, origin }: Pick<StepAttempt, "key" | "origin">,
): Promise<void> {
  await inventory.deallocateStock({ requestId: `${key}/deallocate`, orderId }, origin);
  await inventory.releaseHold({ requestId: `${key}/release`, holdId: groupId }, origin);
}

/** The replacement of a return, by the orders' ids; undefined where none was ordered. */
export async function findReplacement(
  tx: Tx,
  { groupId, orderId }: OrderKey,
  returnId: string,
): Promise<Order | undefined> {
  const { exchange } = returnIn(orderIn(await findGroup(tx, groupId), orderId), returnId);
  return exchange?.held === undefined ? undefined : orderIn(await findGroup(tx, exchange.groupId), exchange.orderId);
}
