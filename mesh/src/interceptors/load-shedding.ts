import { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { MethodContract } from "../contract.ts";
import type { Interceptor } from "./interceptor.ts";

/** The unary calls under way in one process; shared by its services. */
export type LoadGauge = { inFlight: number; readonly limit: number };

/** How much of the limit each criticality may fill: what matters least is shed first. */
const shares: Readonly<Record<number, number>> = {
  [Criticality.UNSPECIFIED]: 0.8,
  [Criticality.CRITICAL]: 1,
  [Criticality.NORMAL]: 0.8,
  [Criticality.SHEDDABLE]: 0.5,
};

/** A gauge for `limit` calls side by side. */
export function createLoadGauge(limit = 1_000): LoadGauge {
  return { inFlight: 0, limit };
}

/** Refuses a unary call at once (UNAVAILABLE OVERLOADED) where the process has more under way than its criticality may add to. */
export function loadSheddingInterceptor(
  { criticality, method }: MethodContract,
  gauge: LoadGauge,
): Interceptor | undefined {
  if (method.methodKind !== "unary") return undefined;
  const limit = Math.ceil(gauge.limit * (shares[criticality] ?? 1));
  return (next) => async (request, call) => {
    if (gauge.inFlight >= limit) throw new DomainError("unavailable", "OVERLOADED", { limit: String(limit) });
    gauge.inFlight += 1;
    try {
      return await next(request, call);
    } finally {
      gauge.inFlight -= 1;
    }
  };
}
