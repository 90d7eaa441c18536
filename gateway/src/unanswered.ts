import { DomainError } from "@shopmesh/kernel";

const messages: Readonly<Record<string, string>> = {
  UNAVAILABLE: "what answers this is away for a moment: try again",
  DEADLINE: "no answer came in time: it may have had its effect all the same; ask again with the same request_id",
};

/**
 * A failure as a stranger is told of it. What a connection inside the mesh failed of names addresses of ours, which help
 * nobody outside: the cause stays with the error, for the log.
 */
export function toldOutside(error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  const message = messages[error.reason];
  if (message === undefined) return error;
  return new DomainError(error.kind, error.reason, error.metadata, { message, cause: error });
}
