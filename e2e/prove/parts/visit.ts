import type { Guest } from "../../order.ts";
import type { Json, Shop } from "../../shop.ts";
import type { Sale } from "./buyers.ts";
import type { Chance } from "./chance.ts";

/** One buyer's visit, and what came of it as she saw it. */
export type Visit = Sale & {
  /** What she came for: one of `kinds`. */
  readonly kind: string;
  /** By which she gets to her orders again: hers, or that of a guest's order. */
  readonly token: string;
  readonly orderIds: readonly string[];
  /** Orders that she was told are called off, or are being. */
  readonly calledOff: readonly string[];
  /** Returns that were inspected: nothing more is wanted of anybody. */
  readonly sentBack: readonly string[];
  /** Answers to one wish that were not the same. */
  readonly contradictions: readonly string[];
  /** What she does on another day; undefined for nothing more. */
  readonly later: Deed | undefined;
};

/** What somebody does, and what of the visit is new by it. */
export type Deed = (ground: Ground, visit: Visit) => Promise<Partial<Visit>>;

/** What a visit needs besides its buyer. */
export type Ground = {
  /** The shop as buyers use it. */
  readonly shop: Shop;
  /** A call of the shop's own people. */
  readonly staff: (method: string, request: Json) => Promise<Json>;
  readonly sandboxUrl: string;
  /** The visit's own: another order of things elsewhere changes nothing of it. */
  readonly chance: Chance;
};

/** A cart about to be paid for. */
export type Basket = { readonly guest: Guest; readonly quoteId: string; readonly total: number };
