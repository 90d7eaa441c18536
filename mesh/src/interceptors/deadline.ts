import { DomainError } from "@shopmesh/kernel";
import type { MethodContract } from "../contract.ts";
import type { Interceptor } from "./interceptor.ts";

/**
 * Ends a unary call at its deadline, the earlier of the caller's and the contract's: the answer is DEADLINE whether or
 * not the handler listens to `call.signal`, which is aborted as well.
 */
export function deadlineInterceptor({ deadlineMs: ownMs, method }: MethodContract): Interceptor | undefined {
  if (method.methodKind !== "unary") return undefined;
  return (next) => (request, call) => {
    const nowMs = Date.now();
    const deadlineMs = Math.min(call.deadlineMs, nowMs + ownMs);
    if (deadlineMs <= nowMs) return Promise.reject(new DomainError("deadline", "DEADLINE"));
    return new Promise((resolve, reject) => {
      const expiry = new AbortController();
      const end = (error: DomainError): void => {
        reject(error);
        expiry.abort(error);
      };
      const leave = (): void => end(new DomainError("cancelled", "CANCELLED"));
      const timer = setTimeout(() => end(new DomainError("deadline", "DEADLINE")), timerMs(deadlineMs - nowMs));
      call.signal.addEventListener("abort", leave, { once: true });
      const settle = (): void => {
        clearTimeout(timer);
        call.signal.removeEventListener("abort", leave);
      };
      next(request, { ...call, deadlineMs, signal: expiry.signal }).then(
        (answer) => {
          settle();
          resolve(answer);
        },
        (error: unknown) => {
          settle();
          reject(error);
        },
      );
      if (call.signal.aborted) leave();
    });
  };
}

const COARSE_MS = 50;

/** Long waits in steps: Node keeps a list of timers for each length, and a new list is what a timer costs. */
function timerMs(leftMs: number): number {
  return leftMs < 1_000 ? Math.ceil(leftMs) : Math.ceil(leftMs / COARSE_MS) * COARSE_MS;
}
