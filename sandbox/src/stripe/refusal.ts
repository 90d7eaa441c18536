export type StripeErrorBody = {
  readonly type: "invalid_request_error" | "card_error" | "idempotency_error" | "api_error";
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  readonly decline_code?: string;
  readonly charge?: string;
  readonly payment_intent?: unknown;
  readonly payment_method?: unknown;
};

/** An error in Stripe's shape that undoes what its request did so far. */
export class StripeRefusal extends Error {
  readonly status: number;
  readonly body: StripeErrorBody;
  /** Stripe remembers an answer under its idempotency key once it began to act; a wrong parameter it forgets. */
  readonly isRemembered: boolean;

  constructor(status: number, body: StripeErrorBody, isRemembered = false) {
    super(body.message);
    this.name = "StripeRefusal";
    this.status = status;
    this.body = body;
    this.isRemembered = isRemembered;
  }
}

export function missingParameter(param: string): StripeRefusal {
  return new StripeRefusal(400, {
    type: "invalid_request_error",
    code: "parameter_missing",
    param,
    message: `Missing required param: ${param}.`,
  });
}

export function invalidParameter(param: string, message: string, code = "parameter_invalid"): StripeRefusal {
  return new StripeRefusal(400, { type: "invalid_request_error", code, param, message });
}

export function noSuch(kind: string, id: string, param = "id"): StripeRefusal {
  return new StripeRefusal(404, {
    type: "invalid_request_error",
    code: "resource_missing",
    param,
    message: `No such ${kind}: '${id}'`,
  });
}
