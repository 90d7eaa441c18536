import { randomUUID } from "node:crypto";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Order } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { OrderAdminService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { ReturnReason, type ReturnState } from "@shopmesh/contracts/shop/order/v1/return_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Actor } from "@shopmesh/mesh";
import type { ExecutionContext } from "ava";
import { nowMs } from "./fixtures.ts";
import { untilExplained } from "./placed.ts";
import { card, type Deed, sellerId, startShop } from "./shop.ts";

const arrived = { shipTime: timestampFromMs(nowMs), deliverTime: timestampFromMs(nowMs) };
/** The parcel that brings a return back, still at its buyer's. */
const unsent = { id: "back" };

/** A delivered order of two A, and what its buyer and its seller do about it. */
export async function startReturns(
  t: ExecutionContext,
  deeds: Readonly<Record<string, Deed>>,
  back: object = unsent,
  isAtHome = () => false,
) {
  const getShipment: Deed = ({ shipmentId: id }) => {
    if (id === "back") return { shipment: back };
    return { shipment: isAtHome() ? { id } : { id, ...arrived } };
  };
  const shop = await startShop(t, { getShipment, ...deeds }, 100);
  const placed = await shop.checkout.placeOrder({ requestId: "r1", quoteId: shop.quoteId, tenders: card() });
  const [first] = placed.group?.orders ?? [];
  const [orderId, groupId, lineId] = [first?.id ?? "", placed.group?.id ?? "", first?.lines[0]?.id ?? ""];
  const seller = shop.service.as(member(1))(OrderAdminService);
  let returnId = "";

  /** An order of a group, the first where none is named, once it is as wished. */
  async function watchGroup(orderGroupId: string, isWished: (order: Order) => boolean, wanted = ""): Promise<Order> {
    for await (const { group } of shop.orders(AbortSignal.timeout(20_000)).watchOrder({ orderGroupId })) {
      const order = group?.orders.find(({ id }) => wanted === "" || id === wanted);
      if (order !== undefined && isWished(order)) return order;
    }
    throw new Error("it never came to be as wished");
  }
  const watch = (isWished: (order: Order) => boolean) => watchGroup(groupId, isWished, orderId);
  async function ask(quantity: number) {
    const lines = [{ lineId, quantity, reason: ReturnReason.DEFECTIVE }];
    const answer = await shop.orders().requestReturn({ requestId: "ask", orderId, lines, note: "broken" });
    returnId = answer.return?.id ?? "";
    return answer;
  }
  const receive = (quantity: number) =>
    seller.receiveReturn({ requestId: randomUUID(), returnId, lines: [{ lineId, quantity }] });
  const inspect = (found: Readonly<Record<string, number>>, requestId = "inspect") =>
    seller.inspectReturn({ requestId, returnId, lines: [{ lineId, ...found }], note: "seen" });
  const group = async () => {
    const { sql } = shop.service.database;
    return sql.rows<{ summary: string }>("SELECT summary FROM timeline WHERE group_id = ? ORDER BY sequence", [
      groupId,
    ]);
  };
  await watch(({ completeTime }) => completeTime !== undefined);
  return {
    ...shop,
    orderId,
    groupId,
    lineId,
    seller,
    watch,
    watchGroup,
    ask,
    receive,
    inspect,
    returnId: () => returnId,
    /** The return that is received and inspected from now on. */
    know: (id: string) => void (returnId = id),
    until: (state: ReturnState) => watch(({ returns }) => returns.some((one) => one.state === state)),
    /** Asked for, approved, received and inspected: all of it can be sold again. */
    async bringBack(quantity: number) {
      await ask(quantity);
      await seller.approveReturn({ requestId: "a", returnId });
      await receive(quantity);
      await inspect({ resellableQuantity: quantity });
    },
    explained: (part: string, times?: number) => untilExplained(shop.orders, orderId, part, times),
    summaries: async () => (await group()).map(({ summary }) => summary),
    async events() {
      const { sql } = shop.service.database;
      const rows = await sql.rows<{ subject: string }>(
        "SELECT subject FROM mesh_outbox WHERE subject LIKE '%.Return%' OR subject LIKE '%Refunded' ORDER BY id",
      );
      return rows.map(({ subject }) => subject.split(".").at(-1));
    },
  };
}

/** Somebody of the shop's first or second seller. */
export function member(seller: number): Actor {
  const id = `01890000-0000-7000-8000-0000000000e${seller}`;
  return { kind: "person", id, roles: ["seller"], sellerId: sellerId(seller), sessionId: "s" };
}

/** The reason for which a call is refused. */
export async function reasonOf(t: ExecutionContext, call: Promise<unknown>): Promise<string> {
  return (await t.throwsAsync(call, { instanceOf: DomainError }))?.reason ?? "";
}
