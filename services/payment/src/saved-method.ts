import type { ProviderMethod, ProviderName, ProviderSetup } from "./provider.ts";

/** A means of payment that a person has saved, or tries to. */
export type SavedMethod = {
  readonly id: string;
  readonly personId: string;
  /** The key of the call that saved it. */
  readonly requestId: string;
  readonly provider: ProviderName;
  readonly state: "pending" | "requires-action" | "active" | "failed" | "removed";
  /** The provider's names: of the person, of the means, of the attempt to keep it. */
  readonly customer: string;
  readonly reference: string;
  readonly setupReference: string;
  readonly cardBrand: string;
  readonly cardLastFour: string;
  readonly expireMonth: number;
  readonly expireYear: number;
  readonly actionUrl: string;
  readonly failureReason: string;
  readonly createMs: number;
};

/** How many a person may have. */
export const MOST_METHODS = 20;

export function newMethod(
  wanted: Pick<SavedMethod, "id" | "personId" | "requestId" | "provider" | "customer" | "createMs">,
): SavedMethod {
  return {
    ...wanted,
    state: "pending",
    reference: "",
    setupReference: "",
    cardBrand: "",
    cardLastFour: "",
    expireMonth: 0,
    expireYear: 0,
    actionUrl: "",
    failureReason: "",
  };
}

/** The method after the provider's word: only ever forward, what is settled stays so. */
export function applySetup(method: SavedMethod, setup: ProviderSetup): SavedMethod {
  if (method.state !== "pending" && method.state !== "requires-action") return method;
  const named = { ...method, setupReference: setup.reference, actionUrl: "" };
  switch (setup.status) {
    case "kept":
      return kept(named, setup.method);
    case "requires-action":
      return { ...named, state: "requires-action", actionUrl: setup.actionUrl };
    case "failed":
      return { ...named, state: "failed", failureReason: setup.failureReason };
  }
}

/** How long its owner may take to act, and the provider to be asked. */
const DECIDE_WITHIN_MS = 24 * 3_600_000;
/** Nobody asks again under a key that the provider did not answer: its token is not kept here. */
const ANSWER_WITHIN_MS = 3_600_000;

/** The method given up where it is undecided for too long: no place is kept for it any more. */
export function giveUpMethod(method: SavedMethod, nowMs: number): SavedMethod {
  const ageMs = nowMs - method.createMs;
  if (method.state === "pending" && method.setupReference === "" && ageMs > ANSWER_WITHIN_MS) {
    return { ...method, state: "failed", failureReason: "PROCESSING_ERROR" };
  }
  const isUndecided = method.state === "pending" || method.state === "requires-action";
  if (!isUndecided || ageMs <= DECIDE_WITHIN_MS) return method;
  return { ...method, state: "failed", failureReason: "ACTION_EXPIRED", actionUrl: "" };
}

/** The method as the provider keeps it. */
export function kept(method: SavedMethod, provided: ProviderMethod): SavedMethod {
  return { ...method, ...provided, state: "active" };
}
