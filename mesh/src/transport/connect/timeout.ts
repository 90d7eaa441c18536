import { timeoutMalformed } from "../refusals.ts";

const unitsMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000001,
};

/** What a grpc-timeout is. */
export const GRPC_TIMEOUT = "at most eight digits and one of H M S m u n";

/** Connect's timeout: milliseconds, at most ten digits. Throws TIMEOUT_MALFORMED. */
export function connectTimeoutMs(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,10}$/.test(value)) throw timeoutMalformed("connect-timeout-ms", value, "at most ten digits");
  return Number(value);
}

/** gRPC's timeout: at most eight digits and a unit. Throws TIMEOUT_MALFORMED. */
export function grpcTimeoutMs(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const [, digits, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(value) ?? [];
  if (digits === undefined) throw timeoutMalformed("grpc-timeout", value, GRPC_TIMEOUT);
  return Number(digits) * (unitsMs[unit] ?? 1);
}
