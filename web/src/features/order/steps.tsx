import type { Order } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { stepOf, steps } from "./words.ts";

/** How far an order is on its way to the door; nothing for one that ended before. */
export function Steps({ order }: { readonly order: Order }) {
  const reached = stepOf(order);
  if (reached === undefined) return null;
  return (
    <ol className="steps" aria-label="How far it is">
      {steps.map((label, index) => (
        <li
          key={label}
          data-reached={index <= reached}
          {...(index === reached ? { "aria-current": "step" as const } : {})}
        >
          {label}
        </li>
      ))}
    </ol>
  );
}
