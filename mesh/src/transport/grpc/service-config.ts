import type { DescService } from "@bufbuild/protobuf";
import { contractOf } from "../../contract.ts";

/**
 * grpc-js's service config, made from the contracts: a retry only where repeating is declared harmless, with
 * throttling, so that retries stop adding load to a server that fails (gRFC A6).
 */
export function serviceConfigOf(contracts: readonly DescService[]): object {
  const safe = contracts.flatMap((contract) =>
    contract.methods
      .filter((method) => contractOf(method).isRetrySafe)
      .map((method) => ({ service: contract.typeName, method: method.name })),
  );
  return {
    loadBalancingConfig: [{ round_robin: {} }],
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
                retryableStatusCodes: ["UNAVAILABLE"],
              },
            },
          ],
  };
}
