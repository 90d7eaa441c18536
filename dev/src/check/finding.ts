/** The rules, each the name of a folder with a bad fixture under dev/fixtures/contracts/. */
export const contractRules = [
  "access-incomplete",
  "access-missing",
  "aggregate-field",
  "call-cycle",
  "call-not-listed",
  "caller-unknown",
  "callers-missing",
  "comment-missing",
  "deadline-too-long",
  "event-sensitive",
  "idempotency-contradicted",
  "idempotency-missing",
  "live-cursor",
  "live-missing",
  "max-age-misplaced",
  "message-policy-missing",
  "rate-limit-evaded",
  "rate-limit-incomplete",
  "rate-limit-missing",
  "request-id-missing",
  "resource-field",
  "sensitive-get",
  "session-token-missing",
  "webhook-shape",
] as const;

/** One of the rules. */
export type ContractRule = (typeof contractRules)[number];

/** One place where a rule is broken. */
export type Finding = {
  /** The file under proto/, or the service's source. */
  readonly file: string;
  /** The RPC, message or service. */
  readonly subject: string;
  readonly rule: ContractRule;
  /** What is wrong and what is expected. */
  readonly text: string;
};
