import { ExchangeState, ReturnReason, ReturnState } from "@shopmesh/contracts/shop/order/v1/return_pb.ts";

const returnStates: Readonly<Record<number, string>> = {
  [ReturnState.REQUESTED]: "the seller is asked",
  [ReturnState.APPROVED]: "accepted; its label is being made",
  [ReturnState.DECLINED]: "not accepted by the seller",
  [ReturnState.LABEL_SENT]: "please send it",
  [ReturnState.IN_TRANSIT]: "on its way back",
  [ReturnState.RECEIVED]: "came in",
  [ReturnState.PARTIALLY_RECEIVED]: "came in in part",
  [ReturnState.INSPECTED]: "looked at",
  [ReturnState.REFUNDED]: "paid back",
  [ReturnState.EXCHANGED]: "exchanged",
  [ReturnState.REJECTED]: "not accepted",
};

/** How far a return is. */
export function returnWord(state: ReturnState): string {
  return returnStates[state] ?? "under way";
}

const exchangeStates: Readonly<Record<number, string>> = {
  [ExchangeState.WANTED]: "wanted",
  [ExchangeState.RESERVED]: "kept for you",
  [ExchangeState.OUT_OF_STOCK]: "sold out; you get your money back",
  [ExchangeState.DROPPED]: "you get money back instead",
  [ExchangeState.PLACED]: "ordered",
  [ExchangeState.CONFIRMED]: "ordered",
  [ExchangeState.FAILED]: "you get your money back",
};

/** Whether an exchange is an order that can be looked at. */
export function isOrdered(state: ExchangeState): boolean {
  return state === ExchangeState.PLACED || state === ExchangeState.CONFIRMED;
}

/** How far an exchange is. */
export function exchangeWord(state: ExchangeState): string {
  return exchangeStates[state] ?? "under way";
}

const reasons = [
  [ReturnReason.CHANGED_MIND, "I changed my mind"],
  [ReturnReason.DEFECTIVE, "It does not work"],
  [ReturnReason.DAMAGED, "It arrived damaged"],
  [ReturnReason.WRONG_ITEM, "It is something else"],
  [ReturnReason.NOT_AS_DESCRIBED, "It is not as described"],
  [ReturnReason.LATE, "It came too late"],
] as const;

/** Why something goes back, as its buyer chooses it. */
export const reasonChoices = reasons.map(([reason, label]) => ({ value: String(reason), label }));

/** The reason of a choice. */
export function reasonOf(value: string): ReturnReason {
  return reasons.find(([reason]) => String(reason) === value)?.[0] ?? ReturnReason.CHANGED_MIND;
}
