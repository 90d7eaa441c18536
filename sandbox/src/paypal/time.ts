import type { DueWork } from "../agenda.ts";
import { letGo, settleCapture } from "./authorizations.ts";
import { dueOf } from "./due.ts";
import type { Order } from "./orders-store.ts";
import { listTransaction, ownCall, type PayPalWorld, tell } from "./world.ts";

/** Ends reviews, and promises that nobody took in 29 days. */
export function payPalTime(world: PayPalWorld): DueWork {
  return {
    runDue(nowMs) {
      for (const order of world.orders.due(nowMs)) world.database.transaction(() => pass(world, order));
    },
    nextDueMs: () => world.orders.nextDueMs(),
  };
}

function pass(world: PayPalWorld, order: Order): void {
  const pending = order.captures.find(({ status }) => status === "PENDING");
  if (pending) {
    settleCapture(world, ownCall, order, pending);
    return;
  }
  const [first] = order.authorizations;
  if (first?.status !== "PENDING") {
    letGo(world, ownCall, order, "expire");
    return;
  }
  const accepted: Order = { ...order, authorizations: [{ ...first, status: "CREATED" }] };
  world.orders.save(accepted, dueOf(accepted));
  listTransaction(world, { id: first.id, code: "T1300", order, amount: order.amount });
  tell(world, "PAYMENT.AUTHORIZATION.CREATED", accepted, first.id);
}
