/** How an account at PayPal behaves, named by its e-mail address. */
export type Payer = {
  readonly email: string;
  readonly what: string;
  /** Refuses the authorisation with this issue. */
  readonly refusal?: { readonly issue: string; readonly description: string };
  readonly authorization?: "PENDING" | "DENIED";
  readonly capture?: "PENDING" | "DECLINED";
  /** Whether its bank refuses to promise anew. */
  readonly isRenewalRefused?: boolean;
  /** The money is promised, the answer is never sent: the caller waits in vain, or its connection is cut. */
  readonly silence?: "hang" | "reset";
  readonly status?: number;
  /** How long PayPal thinks before it does anything. */
  readonly thinkMs?: number;
  /** Whether what is taken from it is disputed. */
  readonly isDisputing?: boolean;
};

const host = "paypal.test";

function payer(name: string, what: string, behaviour: Omit<Payer, "email" | "what"> = {}): Payer {
  return { email: `${name}@${host}`, what, ...behaviour };
}

/** The test accounts; the first is who pays where nobody is named. */
export const payers: readonly Payer[] = [
  payer("buyer", "pays"),
  payer("declined", "its card or bank declines", {
    refusal: {
      issue: "INSTRUMENT_DECLINED",
      description: "The instrument presented was declined by the processor or bank.",
    },
  }),
  payer("refused", "PayPal declines by its own rules", {
    refusal: { issue: "TRANSACTION_REFUSED", description: "The request was refused." },
  }),
  payer("broke", "has no means left", {
    refusal: { issue: "PAYER_CANNOT_PAY", description: "Payer cannot pay for this transaction." },
  }),
  payer("locked", "its account is closed", {
    refusal: { issue: "PAYER_ACCOUNT_LOCKED_OR_CLOSED", description: "The payer account is locked or closed." },
  }),
  payer("denied", "the authorisation is denied", { authorization: "DENIED" }),
  payer("pending", "the authorisation is reviewed for five minutes", { authorization: "PENDING" }),
  payer("capture-declined", "pays, and declines the capture", { capture: "DECLINED" }),
  payer("capture-pending", "pays; captures are reviewed for five minutes", { capture: "PENDING" }),
  payer("no-renewal", "pays, and refuses to promise anew", { isRenewalRefused: true }),
  payer("timeout", "pays, and no answer comes", { silence: "hang" }),
  payer("reset", "pays, and the connection is cut", { silence: "reset" }),
  payer("slow", "pays after two seconds", { thinkMs: 2_000 }),
  payer("error500", "nothing but status 500", { status: 500 }),
  payer("dispute", "pays, and disputes what is taken", { isDisputing: true }),
];

/** The account of this address; one that is not known pays. */
export function findPayer(email: string | undefined): Payer {
  const [standard] = payers;
  const known = payers.find((candidate) => candidate.email === email);
  return known ?? { ...payer("", "pays"), ...standard, email: email ?? standard?.email ?? "" };
}
