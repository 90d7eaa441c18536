import { useTitle } from "../app/use-title.ts";
import { FindOrder } from "../features/order/find-order.tsx";

/** A guest's order, by its number and the e-mail address given with it. */
export function FindOrderPage() {
  useTitle("Find an order");
  return <FindOrder />;
}
