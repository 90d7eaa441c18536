import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";
import { reasonWords } from "./reasons.ts";

/** Why a call failed, for a person. */
export type Problem = {
  /** The stable cause: "OUT_OF_STOCK"; empty where the shop did not say. */
  readonly reason: string;
  readonly words: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** What is wrong with which field, by the field's last name: "email". */
  readonly fields: Readonly<Record<string, string>>;
  /** Whether the same call may well succeed soon. */
  readonly isPassing: boolean;
};

const passing: readonly Code[] = [Code.Unavailable, Code.DeadlineExceeded, Code.Aborted, Code.ResourceExhausted];

/** What an error means. */
export function problemOf(error: unknown): Problem {
  const refusal = ConnectError.from(error);
  const [info] = refusal.findDetails(ErrorInfoSchema);
  const reason = info?.reason ?? "";
  const metadata = info?.metadata ?? {};
  return {
    reason,
    words: wordsOf(reason, metadata) ?? codeWords(refusal),
    metadata,
    fields: Object.fromEntries(
      (info?.violations ?? []).map(({ field, description }) => [field.split(".").at(-1) ?? field, description]),
    ),
    isPassing: passing.includes(refusal.code),
  };
}

/** A stable cause in plain words; undefined where nobody has written them yet. */
export function wordsOf(reason: string, metadata: Readonly<Record<string, string>> = {}): string | undefined {
  const words = reasonWords[reason];
  return typeof words === "function" ? words(metadata) : words;
}

function codeWords({ code, rawMessage }: ConnectError): string {
  if (code === Code.Unavailable) return "The shop cannot be reached just now. Please try again in a moment.";
  if (code === Code.DeadlineExceeded) return "That took too long. Please try again.";
  if (code === Code.Aborted) return "Something else was changing this at the same moment. Please try again.";
  if (code === Code.ResourceExhausted) return "Too many requests at once. Please wait a moment and try again.";
  if (code === Code.Unauthenticated) return "Please sign in first.";
  if (code === Code.NotFound) return "That is not here, or not yours to see.";
  if (code === Code.InvalidArgument) return `Something entered is not right: ${rawMessage}`;
  return "Something went wrong on our side. Please try again.";
}
