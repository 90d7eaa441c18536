import type { SagaProgress } from "@shopmesh/mesh";
import { type CheckoutState, confirm, type PlacedGroup, place, reject, requireAction } from "../group.ts";

/** Stages by their place in the plan. */
const stages = { authorise: 1, allocate: 2 } as const;

/** What the progress of its saga makes of a group, one thing after the other; nothing where it leaves it as it is. */
export function changesOf(
  { actionUrl, actionExpireMs }: { readonly actionUrl: string; readonly actionExpireMs: number },
  { phase, stage, waiting, refusal }: SagaProgress,
  nowMs: number,
): readonly ((placed: PlacedGroup) => PlacedGroup)[] {
  switch (phase) {
    case "undone": {
      const { reason, metadata } = refusal ?? { reason: "CHECKOUT_FAILED", metadata: {} };
      return [(placed) => reject(placed, { reason, metadata }, nowMs)];
    }
    case "forward":
      return [(placed) => place(placed, nowMs), (placed) => confirm(placed, nowMs)];
    case "doing":
      if (stage >= stages.allocate) return [(placed) => place(placed, nowMs)];
      if (stage === stages.authorise && actionUrl !== "" && waiting?.for === "payer")
        return [(placed) => requireAction(placed, { url: actionUrl, expireMs: actionExpireMs }, nowMs)];
      return [];
    default:
      return [];
  }
}

/** Whether a group is where its saga has come to: else somebody else has written it since, or nobody yet. */
export function isAt(state: CheckoutState, { phase, waiting }: SagaProgress): boolean {
  switch (phase) {
    case "forward":
    case "done":
      return state === "confirmed";
    case "undone":
      return state === "rejected";
    case "doing":
      return state === "requires-action" && waiting?.for === "payer";
    case "undoing":
      return false;
  }
}
