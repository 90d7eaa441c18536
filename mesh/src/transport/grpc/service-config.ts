import type { DescService } from "@bufbuild/protobuf";
import { contractOf } from "../../contract.ts";

/** Each instance in its turn. */
const roundRobin = [{ round_robin: {} }];

/**
 * As roundRobin, leaving out for a while an instance that fails nearly all it is asked (gRFC A50). It counts every answer
 * but OK, refusals too: hence the high threshold, the short time, and never more than half of them.
 */
const withoutOutliers = [
  {
    outlier_detection: {
      interval: { seconds: 2, nanos: 0 },
      base_ejection_time: { seconds: 3, nanos: 0 },
      max_ejection_time: { seconds: 30, nanos: 0 },
      max_ejection_percent: 50,
      failure_percentage_ejection: { threshold: 95, minimum_hosts: 2, request_volume: 20 },
      child_policy: roundRobin,
    },
  },
];

/**
 * grpc-js's service config, made from the contracts: a retry only where repeating is declared harmless, with
 * throttling, so that retries stop adding load to a server that fails (gRFC A6).
 */
export function serviceConfigOf(contracts: readonly DescService[], hasSeveralInstances: boolean): object {
  const safe = contracts.flatMap((contract) =>
    contract.methods
      .filter((method) => contractOf(method).isRetrySafe)
      .map((method) => ({ service: contract.typeName, method: method.name })),
  );
  return {
    loadBalancingConfig: hasSeveralInstances ? withoutOutliers : roundRobin,
    retryThrottling: { maxTokens: 20, tokenRatio: 0.2 },
    methodConfig:
      safe.length === 0
        ? []
        : [
            {
              name: safe,
              retryPolicy: {
                maxAttempts: 3,
                initialBackoff: "0.05s",
                maxBackoff: "0.5s",
                backoffMultiplier: 2,
                // CANCELLED by the other side: it was stopped, and cut what outlasted its grace.
                retryableStatusCodes: ["UNAVAILABLE", "CANCELLED"],
              },
            },
          ],
  };
}
