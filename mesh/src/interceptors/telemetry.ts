import type { DescMethod } from "@bufbuild/protobuf";
import { isAsyncIterable } from "../iterable.ts";
import type { RpcMetrics } from "../telemetry/metrics.ts";
import { withServerSpan, withServerStreamSpan } from "../telemetry/spans.ts";
import type { Interceptor } from "./interceptor.ts";

/** Puts a call into its caller's trace and counts it: rate, errors, duration, by method and status. */
export function telemetryInterceptor(method: DescMethod, service: string, metrics: RpcMetrics): Interceptor {
  if (method.methodKind === "unary") {
    return (next) => async (request, call) => {
      const end = metrics.begin(method);
      try {
        const answer = await withServerSpan(method, call.requestHeaders, () => next(request, call), service);
        end();
        return answer;
      } catch (error) {
        end(error);
        throw error;
      }
    };
  }
  return (next) => async (request, call) =>
    withServerStreamSpan(method, call.requestHeaders, () => counted(method, metrics, next(request, call)), service);
}

async function* counted<T>(
  method: DescMethod,
  metrics: RpcMetrics,
  answer: Promise<T | AsyncIterable<T>>,
): AsyncIterable<T> {
  const end = metrics.begin(method);
  try {
    const messages = await answer;
    if (isAsyncIterable(messages)) yield* messages;
    end();
  } catch (error) {
    end(error);
    throw error;
  }
}
