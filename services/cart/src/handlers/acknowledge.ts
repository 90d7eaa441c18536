import type { AcknowledgeCartRequest } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import type { Call } from "@shopmesh/mesh";
import { type Cart, refuseClosed, type Seen } from "../cart.ts";
import { acknowledge } from "../look.ts";
import { findCart, updateLooks } from "../store/carts.ts";
import { racing } from "./change.ts";
import { moneyOf } from "./proto.ts";

/** The cart whose owner has seen its lines as `lines` tell: of the version that it was, for a look changes nothing. */
export function acknowledgeCart(
  { cartId, lines }: Pick<AcknowledgeCartRequest, "cartId" | "lines">,
  call: Call,
): Promise<Cart> {
  const looks = new Map(
    lines.map(({ sku, unitPrice, available }): [string, Seen] => [
      sku,
      { unitPrice: unitPrice === undefined ? undefined : moneyOf(unitPrice), available },
    ]),
  );
  return racing(async () => {
    const before = await findCart(call.sql, cartId);
    refuseClosed(before);
    const after = acknowledge(before, looks);
    return after === before || (await updateLooks(call.sql, after)) ? after : undefined;
  });
}
