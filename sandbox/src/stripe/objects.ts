/** The parts of Stripe's objects that the sandbox makes. Names that start with `_` never leave it. */
export type Metadata = Readonly<Record<string, string>>;

export type StripeObject = {
  readonly id: string;
  readonly object: string;
  readonly created: number;
};

export type PaymentIntentStatus =
  | "requires_payment_method"
  | "requires_confirmation"
  | "requires_action"
  | "requires_capture"
  | "succeeded"
  | "canceled";

export type PaymentIntent = StripeObject & {
  readonly object: "payment_intent";
  readonly amount: number;
  readonly amount_capturable: number;
  readonly amount_received: number;
  readonly canceled_at: number | null;
  readonly cancellation_reason: string | null;
  readonly capture_method: "automatic" | "automatic_async" | "manual";
  readonly client_secret: string;
  readonly currency: string;
  readonly customer: string | null;
  readonly description: string | null;
  readonly last_payment_error: unknown;
  readonly latest_charge: string | null;
  readonly metadata: Metadata;
  readonly next_action: NextAction | null;
  readonly payment_method: string | null;
  readonly payment_method_options: {
    readonly card: { readonly request_multicapture?: string; readonly [name: string]: unknown };
  };
  readonly status: PaymentIntentStatus;
  readonly [name: string]: unknown;
};

export type NextAction =
  | {
      readonly type: "redirect_to_url";
      readonly redirect_to_url: { readonly url: string; readonly return_url: string };
    }
  | {
      readonly type: "use_stripe_sdk";
      readonly use_stripe_sdk: { readonly stripe_js: string; readonly type: string };
    };

export type Charge = StripeObject & {
  readonly object: "charge";
  readonly amount: number;
  readonly amount_captured: number;
  readonly amount_refunded: number;
  readonly balance_transaction: string | null;
  readonly captured: boolean;
  readonly currency: string;
  readonly customer: string | null;
  readonly metadata: Metadata;
  readonly paid: boolean;
  readonly payment_intent: string;
  readonly refunded: boolean;
  readonly status: "succeeded" | "failed";
  /** Virtual milliseconds at which an uncaptured authorisation lapses. */
  readonly _captureBeforeMs: number | null;
  /** Whether the payer's bank has taken it back, or may keep it; absent in what an older sandbox kept. */
  readonly _isBanks?: boolean;
  readonly [name: string]: unknown;
};

export type Refund = StripeObject & {
  readonly object: "refund";
  readonly amount: number;
  readonly balance_transaction: string | null;
  readonly charge: string;
  readonly currency: string;
  readonly metadata: Metadata;
  readonly payment_intent: string;
  readonly reason: string | null;
  readonly status: "succeeded" | "pending" | "failed" | "canceled";
  readonly [name: string]: unknown;
};

export type PaymentMethod = StripeObject & {
  readonly object: "payment_method";
  readonly card: CardFace;
  readonly customer: string | null;
  readonly metadata: Metadata;
  /** The test token that it came from, which decides how it behaves. */
  readonly _token: string;
  readonly [name: string]: unknown;
};

export type CardFace = {
  readonly brand: string;
  readonly last4: string;
  readonly exp_month: number;
  readonly exp_year: number;
  readonly funding: string;
  readonly country: string;
  readonly [name: string]: unknown;
};

export type Dispute = StripeObject & {
  readonly object: "dispute";
  readonly amount: number;
  readonly balance_transactions: readonly unknown[];
  readonly charge: string;
  readonly currency: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly evidence_details: {
    readonly due_by: number;
    readonly has_evidence: boolean;
    readonly past_due: boolean;
    readonly submission_count: number;
  };
  readonly metadata: Metadata;
  readonly payment_intent: string;
  readonly reason: string;
  readonly status: "needs_response" | "under_review" | "won" | "lost";
  readonly [name: string]: unknown;
};

export type SetupIntent = StripeObject & {
  readonly object: "setup_intent";
  readonly client_secret: string;
  readonly customer: string;
  readonly last_setup_error: unknown;
  readonly metadata: Metadata;
  readonly next_action: NextAction | null;
  readonly payment_method: string | null;
  readonly status: "requires_payment_method" | "requires_confirmation" | "requires_action" | "succeeded";
  readonly _returnUrl: string | null;
  readonly [name: string]: unknown;
};

export type Customer = StripeObject & {
  readonly object: "customer";
  readonly email: string | null;
  readonly name: string | null;
  readonly metadata: Metadata;
  readonly [name: string]: unknown;
};

export type BalanceTransaction = StripeObject & {
  readonly object: "balance_transaction";
  readonly amount: number;
  readonly currency: string;
  readonly fee: number;
  readonly net: number;
  readonly source: string;
  readonly type: "charge" | "refund" | "adjustment";
  readonly [name: string]: unknown;
};

export type StripeEvent = StripeObject & {
  readonly object: "event";
  readonly type: string;
  readonly data: { readonly object: unknown };
  readonly [name: string]: unknown;
};

export type Kinds = {
  readonly payment_intent: PaymentIntent;
  readonly charge: Charge;
  readonly refund: Refund;
  readonly payment_method: PaymentMethod;
  readonly setup_intent: SetupIntent;
  readonly dispute: Dispute;
  readonly customer: Customer;
  readonly balance_transaction: BalanceTransaction;
  readonly event: StripeEvent;
};

export type Kind = keyof Kinds;

/** What a client sees of the object. */
export function publicView<Value extends object>(object: Value): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !name.startsWith("_")));
}
