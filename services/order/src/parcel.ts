import { DomainError, type Money } from "@shopmesh/kernel";
import { type Price, priceOf } from "./price.ts";

/** Where a parcel is, as its order sees it. */
export type ParcelState =
  | "planned"
  | "packed"
  | "shipped"
  | "delivered"
  | "lost"
  | "returned"
  | "cancelling"
  | "cancelled";

/** Pieces of one line that travel together, with their part of the line's money. */
export type ParcelLine = ParcelPiece & Price;

/** Pieces of one line. */
export type ParcelPiece = { readonly lineId: string; readonly sku: string; readonly quantity: number };

/** What leaves one location in one piece, and what is taken for it when it does. */
export type Parcel = {
  /** Its shipment's. */
  readonly id: string;
  /** Its name at shipping, unique in the order. */
  readonly key: string;
  readonly locationId: string;
  readonly state: ParcelState;
  readonly lines: readonly ParcelLine[];
  /** Its part of the delivery's price, tax and all. */
  readonly shipping: Money;
  readonly shippingTax: Money;
  /** What the marketplace pays of the delivery besides; absent for nothing, and in what older code froze. */
  readonly shippingPlatformShare?: Money;
  readonly amount: Money;
  readonly isCaptured: boolean;
  /** Why that could not be taken although it has left: it is owed. Absent while nothing is. */
  readonly owedReason?: string;
  /** The saga that tries, or tried last, to collect what is or was owed; absent where nothing ever was. */
  readonly collectionId?: string;
  /** The shipment that it travels in: another's, of which its goods are to be taken out; absent: its own. */
  readonly shipmentId?: string;
  /** The how-manieth of its group it was to leave; absent before. */
  readonly rank?: number;
  readonly shipMs?: number;
  readonly deliverMs?: number;
  /** Why it was called off or did not arrive; empty otherwise. */
  readonly endReason: string;
  /** What its carrier said when it was over and its money settled; it moves nothing. Absent otherwise. */
  readonly laterEnd?: LaterEnd;
};

/** A lost parcel was found and delivered, or one that was lost or had arrived came back. */
export type LaterEnd = { readonly state: "delivered" | "returned"; readonly timeMs: number };

/** States each state may turn into; an empty list is final. */
export const nextParcelStates: Readonly<Record<ParcelState, readonly ParcelState[]>> = {
  planned: ["packed", "shipped", "cancelling"],
  packed: ["shipped", "cancelling"],
  // The carrier had it already: the wish came too late.
  cancelling: ["cancelled", "shipped"],
  shipped: ["delivered", "lost", "returned"],
  delivered: [],
  lost: [],
  returned: [],
  cancelled: [],
};

/** The parcel in state `to`; repeating a transition is a no-op. Throws PARCEL_STATE. */
export function moveParcel(parcel: Parcel, to: ParcelState): Parcel {
  if (parcel.state === to) return parcel;
  if (!nextParcelStates[parcel.state].includes(to))
    throw new DomainError("precondition", "PARCEL_STATE", { parcel_id: parcel.id, from: parcel.state, to });
  return { ...parcel, state: to };
}

/** The shipment that it travels in. */
export function shipmentOf({ id, shipmentId }: Parcel): string {
  return shipmentId ?? id;
}

/** Its part of the delivery's price. */
export function deliveryOf({ shipping, shippingTax, shippingPlatformShare }: Delivery): Price {
  return priceOf(shipping, shippingTax, shippingPlatformShare);
}

/** A part of a delivery's price as a parcel has it written down. */
export function asDelivery({ amount: shipping, tax: shippingTax, platformShare }: Price): Delivery {
  return platformShare === undefined
    ? { shipping, shippingTax }
    : { shipping, shippingTax, shippingPlatformShare: platformShare };
}

type Delivery = Pick<Parcel, "shipping" | "shippingTax" | "shippingPlatformShare">;

/** Whether it may still be called off. */
export function isAtHome({ state }: Parcel): boolean {
  return state === "planned" || state === "packed";
}

/** Whether it left, wherever it is now. */
export function hasLeft({ state }: Parcel): boolean {
  return state === "shipped" || state === "delivered" || state === "lost" || state === "returned";
}

/** Whether it left and did not arrive: what is paid for it goes back. */
export function isMissed({ state }: Parcel): boolean {
  return state === "lost" || state === "returned";
}

/** Whether it did not arrive and was never paid for: nobody pays for it any more. */
export function isWrittenOff(parcel: Parcel): boolean {
  return isMissed(parcel) && !parcel.isCaptured && parcel.owedReason === undefined;
}

/** Whether nothing more happens to it. */
export function isEnded({ state }: Parcel): boolean {
  return nextParcelStates[state].length === 0;
}
