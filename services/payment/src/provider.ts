import type { Money } from "@shopmesh/kernel";

/** A payment as its provider sees it, in our words. */
export type ProviderIntent = {
  readonly reference: string;
  readonly status:
    | "authorized"
    | "requires-action"
    | "failed"
    | "cancelled"
    /** Taken, and closed for more. */
    | "settled"
    | "processing";
  readonly failureReason: string;
  readonly actionUrl: string;
  readonly authorizationExpireMs: number | undefined;
  readonly isMulticapture: boolean;
  readonly cardBrand: string;
  readonly cardLastFour: string;
};

/** What a provider says, or that it says nothing: then it may or may not have happened. */
export type ProviderAnswer<T> =
  | { readonly kind: "answered"; readonly value: T }
  /** `reference`: the provider's name of the payment that it refused; empty where it made none. */
  | { readonly kind: "refused"; readonly reason: string; readonly reference: string }
  | { readonly kind: "unanswered" };

/** What moved at the provider. */
export type ProviderMovement = { readonly fee: Money | undefined };

/** How the provider is asked to promise an amount. */
export type AuthorizationOrder = {
  readonly paymentId: string;
  readonly orderGroupId: string;
  readonly amount: Money;
  readonly paymentMethod: string;
  readonly orderNumbers: readonly string[];
  readonly returnUrl: string;
};

/** How the provider is asked to move money. */
export type TransferOrder = {
  readonly reference: string;
  readonly transferId: string;
  readonly paymentId: string;
  readonly amount: Money;
};

/** A card provider. Every change goes under a key of ours made of its id, so that asking again repeats the answer. */
export type Provider = {
  authorize(order: AuthorizationOrder, timeoutMs: number): Promise<ProviderAnswer<ProviderIntent>>;
  find(reference: string, timeoutMs: number): Promise<ProviderAnswer<ProviderIntent>>;
  /** By our id, for an authorisation whose answer was lost. */
  search(paymentId: string, timeoutMs: number): Promise<ProviderAnswer<ProviderIntent | undefined>>;
  cancel(
    payment: { readonly reference: string; readonly paymentId: string },
    timeoutMs: number,
  ): Promise<ProviderAnswer<ProviderIntent>>;
  /** `isFinal` gives up what is left of the promise. */
  capture(
    order: TransferOrder & { readonly isFinal: boolean },
    timeoutMs: number,
  ): Promise<ProviderAnswer<ProviderMovement>>;
  refund(order: TransferOrder, timeoutMs: number): Promise<ProviderAnswer<ProviderMovement>>;
};
