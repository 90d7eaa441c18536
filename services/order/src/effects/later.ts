import type { Clock } from "@shopmesh/kernel";
import type { SagaDriver, Tx } from "@shopmesh/mesh";
import type { LaterEnd } from "../parcel.ts";
import { noteLaterEnd } from "../parcels.ts";
import { changeOrder } from "../store/change.ts";
import type { ParcelSagaState } from "./parcel.ts";

/** What noting a later end needs. */
export type LaterDeps = { readonly parcels: Pick<SagaDriver<ParcelSagaState>, "find">; readonly clock: Clock };

/** Notes what a carrier says of a parcel that had come to another end, in the transaction of the news. */
export async function noteLater(
  { parcels, clock }: LaterDeps,
  tx: Tx,
  shipmentId: string,
  later: LaterEnd,
): Promise<void> {
  const known = (await parcels.find(shipmentId))?.state;
  if (known?.end === undefined || known.end === later.state) return;
  await changeOrder(tx, known.groupId, known.orderId, clock(), (order) =>
    noteLaterEnd(order, shipmentId, later, clock()),
  );
}
