import type { Money } from "@shopmesh/kernel";

export const providerNames = ["stripe", "paypal"] as const;

/** Who promises and moves what is not a gift card's. */
export type ProviderName = (typeof providerNames)[number];

/** A payment as its provider sees it, in our words. */
export type ProviderIntent = {
  readonly reference: string;
  readonly status:
    | "authorized"
    | "requires-action"
    /** The payer has agreed; the provider wants to be told to go on. */
    | "approved"
    | "failed"
    | "cancelled"
    /** Taken, and closed for more. */
    | "settled"
    | "processing";
  readonly failureReason: string;
  readonly actionUrl: string;
  readonly authorizationExpireMs: number | undefined;
  /** Whether it may be taken in parts. */
  readonly isMulticapture: boolean;
  readonly cardBrand: string;
  readonly cardLastFour: string;
  /** The provider's name of the promise itself, where a payment's promise has a name of its own. */
  readonly promise?: string;
  /** From when on the money is no more sure to be there, though the promise stands: then it is promised anew. */
  readonly renewFromMs?: number | undefined;
  /** The means that it was promised with, where the provider keeps that for its customer; undefined elsewhere. */
  readonly kept: ProviderMethod | undefined;
};

/** A means of payment that a provider keeps. */
export type ProviderMethod = {
  readonly reference: string;
  readonly cardBrand: string;
  readonly cardLastFour: string;
  readonly expireMonth: number;
  readonly expireYear: number;
};

/** How the keeping of a means stands; `reference` is the provider's name of the attempt. */
export type ProviderSetup = { readonly reference: string } & (
  | { readonly status: "kept"; readonly method: ProviderMethod }
  | { readonly status: "requires-action"; readonly actionUrl: string }
  | { readonly status: "failed"; readonly failureReason: string }
);

/** How a provider is asked to keep a means. */
export type SetupOrder = {
  readonly methodId: string;
  readonly customer: string;
  readonly paymentMethod: string;
  readonly returnUrl: string;
};

/** Keeps means of payment for people, each under a customer of the provider's. */
export type Vault = {
  /** The provider's name of a customer of ours, made where there is none. */
  customerFor(personId: string, timeoutMs: number): Promise<ProviderAnswer<{ readonly reference: string }>>;
  keep(order: SetupOrder, timeoutMs: number): Promise<ProviderAnswer<ProviderSetup>>;
  find(setupReference: string, timeoutMs: number): Promise<ProviderAnswer<ProviderSetup>>;
  /** Forgets a means; refused where it is forgotten. */
  forget(
    method: { readonly methodId: string; readonly reference: string },
    timeoutMs: number,
  ): Promise<ProviderAnswer<undefined>>;
};

/** What a provider says, or that it says nothing: then it may or may not have happened. */
export type ProviderAnswer<T> =
  | { readonly kind: "answered"; readonly value: T }
  /** `reference`: the provider's name of the payment that it refused; empty where it made none. */
  | { readonly kind: "refused"; readonly reason: string; readonly reference: string }
  | { readonly kind: "unanswered" };

/** What moved at the provider: its name of the movement, and its fee where it tells one. */
export type ProviderMovement = { readonly reference: string; readonly fee: Money | undefined };

/** How the provider is asked to promise an amount. */
export type AuthorizationOrder = {
  readonly paymentId: string;
  /** Names this promise among those of the payment: 1, and one more for each time that it is promised anew. */
  readonly attempt: number;
  readonly orderGroupId: string;
  readonly amount: Money;
  /** The provider's token of the means; empty where the payer chooses at the provider. */
  readonly paymentMethod: string;
  /** The provider's name of the person whose saved means it is, or is to become; empty for none. */
  readonly customer: string;
  /** Whether the means is kept for the customer. */
  readonly isSaving: boolean;
  /** Whether the payer is away: then nobody can be asked to act. */
  readonly isOffSession: boolean;
  readonly orderNumbers: readonly string[];
  readonly returnUrl: string;
};

/** Which payment is meant: the provider's name of it, and what our keys are made of. */
export type PromiseOrder = { readonly reference: string; readonly paymentId: string; readonly amount: Money };

/** How the provider is asked to move money. */
export type TransferOrder = {
  readonly reference: string;
  /** The provider's name of the promise that stands, where it has one of its own; else empty. */
  readonly promise: string;
  readonly transferId: string;
  /** How often the provider has been asked anew after it had refused: 1 at first. Part of the key. */
  readonly attempt: number;
  readonly paymentId: string;
  readonly amount: Money;
};

export type CaptureOrder = TransferOrder & {
  /** Gives up what is left of the promise. */
  readonly isFinal: boolean;
};

export type RefundOrder = TransferOrder & {
  /** What to give back of each taking, by the provider's names, the same whenever it is asked; empty where the provider need not know. */
  readonly outOf: readonly { readonly reference: string; readonly amount: Money }[];
};

/**
 * Who promises, takes and gives back money. Every change goes under a key of ours made of its id and attempt, so that asking
 * again repeats the answer; nothing is asked twice by the adapter itself. No answer within `timeoutMs`: unanswered.
 */
export type Provider = {
  readonly name: ProviderName;
  authorize(order: AuthorizationOrder, timeoutMs: number): Promise<ProviderAnswer<ProviderIntent>>;
  /** How it stands; changes nothing. */
  find(reference: string, timeoutMs: number): Promise<ProviderAnswer<ProviderIntent>>;
  /** Goes on with a promise that is "approved". */
  confirm(promise: PromiseOrder, timeoutMs: number): Promise<ProviderAnswer<ProviderIntent>>;
  /** By our id, for an authorisation whose answer was lost; undefined where there is none, or where the provider cannot search. */
  search(paymentId: string, timeoutMs: number): Promise<ProviderAnswer<ProviderIntent | undefined>>;
  /** Gives up what is promised and not taken. */
  cancel(promise: Omit<PromiseOrder, "amount">, timeoutMs: number): Promise<ProviderAnswer<ProviderIntent>>;
  capture(order: CaptureOrder, timeoutMs: number): Promise<ProviderAnswer<ProviderMovement>>;
  refund(order: RefundOrder, timeoutMs: number): Promise<ProviderAnswer<ProviderMovement>>;
  /** Whether money is given back out of single takings. */
  readonly isRefundedByTaking: boolean;
  /**
   * Promises anew what is about to lapse, or has, without the payer; the promise of before is given up by whoever asks, where
   * its reference is another. Undefined where this provider cannot: then the amount is taken before the promise lapses.
   */
  readonly renew: ((order: RenewalOrder, timeoutMs: number) => Promise<ProviderAnswer<ProviderIntent>>) | undefined;
  /** Undefined where the provider keeps nothing for people. */
  readonly vault: Vault | undefined;
  /** Undefined where the provider tells of no disputes. */
  readonly disputes: DisputeDesk | undefined;
  /** Undefined where the provider's books cannot be listed. */
  readonly books: ProviderBooks | undefined;
};

/** What the payer's bank takes back, as the provider sees it. */
export type ProviderDispute = {
  readonly reference: string;
  readonly state: "open" | "won" | "lost";
  readonly amount: Money;
  readonly fee: Money;
  readonly reason: string;
  readonly evidenceDueMs: number | undefined;
  readonly isAnswered: boolean;
};

/** What speaks for the shop in a dispute; empty for what there is not. */
export type Evidence = { readonly explanation: string; readonly carrier: string; readonly trackingNumber: string };

/** A dispute with the payment that it is of: by the provider's name of it or by our id, empty for what it does not say. */
export type ListedDispute = ProviderDispute & { readonly payment: { readonly reference: string; readonly id: string } };

/** A page of disputes; an empty cursor ends it. */
export type DisputesPage = { readonly disputes: readonly ListedDispute[]; readonly cursor: string };

/** Where disputes are looked up and answered; undefined for what is no dispute yet. */
export type DisputeDesk = {
  /** Those that were begun in a time. */
  list(query: RecordsQuery, timeoutMs: number): Promise<ProviderAnswer<DisputesPage>>;
  find(reference: string, timeoutMs: number): Promise<ProviderAnswer<ProviderDispute | undefined>>;
  answer(
    order: { readonly disputeId: string; readonly reference: string; readonly evidence: Evidence },
    timeoutMs: number,
  ): Promise<ProviderAnswer<ProviderDispute | undefined>>;
};

/** A payment in the provider's books, as it stands now. */
export type ProviderRecord = {
  readonly reference: string;
  /** Our id of the payment; empty where it is none of ours. */
  readonly paymentId: string;
  /** What was asked for. */
  readonly amount: Money;
  /** Whether something is promised and not taken. */
  readonly isPromise: boolean;
  /** All that was ever taken, and given back, in minor units. */
  readonly captured: bigint;
  readonly refunded: bigint;
};

/** What happened at the provider in a time; `cursor` is empty for the first page. */
export type RecordsQuery = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly cursor: string;
  readonly limit: number;
};

/** A page of the provider's books; an empty cursor ends it. */
export type RecordsPage = { readonly records: readonly ProviderRecord[]; readonly cursor: string };

type ListRecords = (query: RecordsQuery, timeoutMs: number) => Promise<ProviderAnswer<RecordsPage>>;

/** The provider's books, to compare ours with. Each list tells the payments of what it lists, some more than once. */
export type ProviderBooks = {
  /** How long it may take until what happened is in the lists. */
  readonly lagMs: number;
  readonly promises: ListRecords;
  readonly captures: ListRecords;
  readonly refunds: ListRecords;
  /** Refused where there is none of the name. */
  find(reference: string, timeoutMs: number): Promise<ProviderAnswer<ProviderRecord>>;
};

/** How a promise is renewed: `reference` and `promise` are the provider's names of the one of before. */
export type RenewalOrder = AuthorizationOrder & Pick<TransferOrder, "reference" | "promise">;

/** What a provider told by itself, verified and in our words. */
export type ProviderMessage = {
  readonly id: string;
  /** The provider's word for what it tells. */
  readonly type: string;
  /** What it says of a payment: that the amount is promised, that the promise ended, how an attempt went, that money moved. */
  readonly tells: "promised" | "ended" | "outcome" | "movement" | "dispute" | "other";
  /** The provider's name of the dispute that it tells of; empty for none. */
  readonly disputeReference: string;
  /** The provider's name of the payment; empty where it tells of something else. */
  readonly reference: string;
  /** Our id of the payment; empty where the provider does not say it. */
  readonly paymentId: string;
  readonly happenMs: number;
};

/** A message as it came. */
export type RawMessage = {
  readonly body: Uint8Array;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly nowMs: number;
};

/** Reads a message. Throws WEBHOOK_SIGNATURE_INVALID, WEBHOOK_TOO_OLD, WEBHOOK_MALFORMED. */
export type ReadMessage = (message: RawMessage) => Promise<ProviderMessage>;
