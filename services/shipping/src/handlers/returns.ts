import type { CreateReturnLabelRequest } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import type { Call } from "@shopmesh/mesh";
import type { Desk } from "../effects/change.ts";
import type { Wish } from "../rate.ts";
import type { Shipment } from "../shipment.ts";
import { addressOf } from "./proto.ts";
import { wishOfOption } from "./rates.ts";
import { bestService, labelOnce, plan, plannedShipment, refuseUnsendable } from "./shipments.ts";

/** How goods come back. */
const WAY_BACK = "flat-standard";

/** Plans a way back, commits that, then buys its label; what is there by its return stays as it is. */
export async function createReturnLabel(desk: Desk, request: CreateReturnLabelRequest, call: Call): Promise<Shipment> {
  const wanted = newReturn(desk, request, await wishOfOption(desk, call.sql, WAY_BACK));
  const [planned = wanted] = await call.transaction((tx) => plan(tx, request.orderId, [wanted]));
  const labelled = await labelOnce(desk, call, planned, planned.id === wanted.id);
  refuseUnsendable(request.orderId, [labelled]);
  return labelled;
}

/** A return's name among its order's shipments. */
function keyOf(returnId: string): string {
  return `return/${returnId}`;
}

function newReturn(desk: Desk, request: CreateReturnLabelRequest, wish: Wish): Shipment {
  const sender = addressOf(request.sender);
  const destination = request.destination === undefined ? desk.origin : addressOf(request.destination);
  // The cheapest way: nobody waits at its end.
  const service = bestService(desk, wish, sender.countryCode !== destination.countryCode);
  const way = { key: keyOf(request.returnId), direction: "return", sender, destination, service } as const;
  return plannedShipment(desk, request, request, way);
}
