import type { Message } from "@bufbuild/protobuf";
import { DomainError } from "@shopmesh/kernel";
import { isAsyncIterable } from "../iterable.ts";
import type { Log } from "../log.ts";
import type { Interceptor } from "./interceptor.ts";

/** Lets refusals pass; whatever else is thrown is a bug: logged with its cause, and "internal error" to the caller. */
export function errorsInterceptor(path: string, log: Log): Interceptor {
  const refuse = (error: unknown, requestId: string): DomainError => {
    if (error instanceof DomainError && error.kind !== "internal") return error;
    log.error("a handler failed", { method: path, requestId }, error);
    return new DomainError("internal", "INTERNAL", {}, { message: "internal error" });
  };
  return (next) => async (request, call) => {
    try {
      const answer = await next(request, call);
      return isAsyncIterable(answer) ? guard(answer, (error) => refuse(error, call.requestId)) : answer;
    } catch (error) {
      throw refuse(error, call.requestId);
    }
  };
}

async function* guard(
  messages: AsyncIterable<Message>,
  refuse: (error: unknown) => DomainError,
): AsyncIterable<Message> {
  try {
    yield* messages;
  } catch (error) {
    throw refuse(error);
  }
}
