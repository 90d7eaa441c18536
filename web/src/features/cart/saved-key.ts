import { createConnectQueryKey } from "@connectrpc/connect-query";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { transport } from "../../api/transport.ts";

/** Under which key what is saved for later is kept. */
export const savedKey = createConnectQueryKey({
  schema: CartService.method.listSaved,
  transport,
  cardinality: "finite",
});
