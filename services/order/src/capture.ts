import type { PlacedGroup } from "./group.ts";
import { isOpen, type Order } from "./order.ts";
import { hasLeft, isWrittenOff, type Parcel } from "./parcel.ts";
import { parcelsOf } from "./parcels.ts";

/**
 * Whether a parcel that has left is the last of its group for which money is taken, and so the one that lets go what is left of
 * the promise. `wait`: it will be, once those that left before it are paid for; a capture after the last one would fail.
 */
export function captureTurn({ orders }: PlacedGroup, parcelId: string): "last" | "not-last" | "wait" {
  const all = orders.flatMap(parcelsOf);
  const own = all.find(({ id }) => id === parcelId);
  const others = all.filter(({ id }) => id !== parcelId);
  const isMoreToCome = orders.some(isUnplanned) || others.some(mayLeave);
  // What is owed is still wanted: the last capture would give its promise up.
  if (isMoreToCome || others.some(isOwed)) return "not-last";
  const unpaid = others.filter(isUnpaid);
  if (unpaid.length === 0) return "last";
  // Ranks are given under the group's lock: whoever left later has seen all that left before it.
  return unpaid.every(({ rank = 0 }) => rank < (own?.rank ?? 0)) ? "wait" : "not-last";
}

/** The parcels that may wait for the payment of this one. */
export function waitingForTurn({ orders }: PlacedGroup, parcelId: string): readonly string[] {
  const all = orders.flatMap(parcelsOf);
  const unpaid = all.filter((parcel) => parcel.id !== parcelId && isUnpaid(parcel));
  return unpaid.map(({ id }) => id);
}

/** The rank of the next parcel of a group to leave. */
export function nextRank({ orders }: PlacedGroup): number {
  return Math.max(0, ...orders.flatMap(parcelsOf).map(({ rank = 0 }) => rank)) + 1;
}

function isOwed({ owedReason }: Parcel): boolean {
  return owedReason !== undefined;
}

function isUnpaid(parcel: Parcel): boolean {
  return hasLeft(parcel) && !parcel.isCaptured && !isOwed(parcel) && !isWrittenOff(parcel);
}

function isUnplanned({ parcels, state }: Order): boolean {
  return parcels === undefined && (isOpen(state) || state === "on-hold");
}

function mayLeave(parcel: Parcel): boolean {
  return !hasLeft(parcel) && parcel.state !== "cancelled";
}
