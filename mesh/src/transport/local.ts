import type { Message } from "@bufbuild/protobuf";
import { DomainError } from "@shopmesh/kernel";
import { errorOf, statusOf } from "../status.ts";
import type { Dispatch, Incoming, Outgoing, Transport } from "./transport.ts";

/** Freezes a message for good, so that a test sees who changes what it was only lent. */
export type Freeze = (message: Message) => Message;

/**
 * Reaches a service in the same process. Messages are passed, not copied: nobody may change one. What a wire would do
 * is kept: the deadline, cancellation, headers as text, an error as a status and never as the thrown object.
 */
export function createLocalTransport(dispatch: Dispatch, freeze: Freeze = (message) => message): Transport {
  return {
    isLocal: true,
    async unary({ method }, request, outgoing) {
      const clock = startClock(outgoing);
      try {
        const answer = dispatch(method, incomingOf(freeze(request), outgoing, clock.signal));
        return freeze((await Promise.race([answer, clock.expired])) as Message);
      } catch (error) {
        throw acrossBorder(error);
      } finally {
        clock.stop();
      }
    },
    async *stream({ method }, request, outgoing) {
      const gone = new AbortController();
      const clock = startClock({
        ...outgoing,
        signal: AbortSignal.any([outgoing.signal, gone.signal]),
      });
      let iterator: AsyncIterator<Message> | undefined;
      try {
        const messages = await Promise.race([
          dispatch(method, incomingOf(freeze(request), outgoing, clock.signal)),
          clock.expired,
        ]);
        iterator = (messages as AsyncIterable<Message>)[Symbol.asyncIterator]();
        for (;;) {
          const next = await Promise.race([iterator.next(), clock.expired]);
          if (next.done === true) return;
          yield freeze(next.value);
        }
      } catch (error) {
        throw acrossBorder(error);
      } finally {
        gone.abort(new DomainError("cancelled", "CANCELLED"));
        clock.stop();
        // Not waited for: a source that is busy ends when its signal reaches it.
        iterator?.return?.().catch(() => undefined);
      }
    },
    close: () => undefined,
  };
}

/** What ends a call from the client's side: its deadline or its signal. */
function startClock({ deadlineMs, signal }: Pick<Outgoing, "deadlineMs" | "signal">): {
  readonly signal: AbortSignal;
  readonly expired: Promise<never>;
  stop(): void;
} {
  const abort = new AbortController();
  const { promise: expired, reject } = Promise.withResolvers<never>();
  expired.catch(() => undefined);
  const end = (error: DomainError): void => {
    reject(error);
    abort.abort(error);
  };
  const onAbort = (): void => end(new DomainError("cancelled", "CANCELLED"));
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const timer =
    deadlineMs === Number.POSITIVE_INFINITY
      ? undefined
      : setTimeout(() => end(new DomainError("deadline", "DEADLINE")), Math.max(0, deadlineMs - Date.now()));
  return {
    signal: abort.signal,
    expired,
    stop() {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}

function incomingOf(request: Message, { headers, deadlineMs }: Outgoing, signal: AbortSignal): Incoming {
  return {
    request,
    headers: { get: (name) => headers[name] },
    responseHeaders: { set: () => undefined },
    signal,
    deadlineMs,
  };
}

function acrossBorder(error: unknown): DomainError {
  const { code, message, info } = statusOf(error);
  return errorOf(code, message, info);
}
