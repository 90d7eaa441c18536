import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { CartAbandonedSchema } from "@shopmesh/contracts/shop/cart/v1/cart_events_pb.ts";
import { RunDueSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import type { Clock } from "@shopmesh/kernel";
import { type Sql, type TaskWorker, type Tx, worker } from "@shopmesh/mesh";
import { restsSince } from "./cart.ts";
import { sweepCarts, takeAbandoned } from "./store/carts.ts";

/** What the carts' schedules need. */
export type CartWorkerDeps = {
  readonly sql: Sql;
  readonly transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  readonly clock: Clock;
  /** How long a cart with goods in it rests before it is abandoned. */
  readonly abandonedAfterMs: number;
};

const SWEEP_BATCH = 1_000;
const ABANDONED_BATCH = 200;

/** What is done in batches, so that no transaction is long: expired carts are forgotten, abandoned ones told. */
export function cartWorkers(deps: CartWorkerDeps): readonly TaskWorker[] {
  return [
    worker(RunDueSchema, async ({ purpose }) => {
      if (purpose === "tell-abandoned-carts") while ((await tellAbandoned(deps)) === ABANDONED_BATCH);
      else while ((await sweepCarts(deps.sql, deps.clock(), SWEEP_BATCH)) === SWEEP_BATCH);
    }),
  ];
}

function tellAbandoned({ transaction, clock, abandonedAfterMs }: CartWorkerDeps): Promise<number> {
  return transaction(async (tx) => {
    const carts = await takeAbandoned(tx, clock() - abandonedAfterMs, ABANDONED_BATCH);
    for (const cart of carts) {
      const since = restsSince(cart);
      // Closed by older code, which did not take it out of those that rest.
      if (since === undefined) continue;
      const { id, version, customerId = "", items } = cart;
      const skus = items.map(({ sku }) => sku);
      const fields = { cartId: id, version: BigInt(version), customerId, skus };
      tx.emit(CartAbandonedSchema, { ...fields, restSinceTime: timestampFromMs(since) }, { id, version });
    }
    return carts.length;
  });
}
