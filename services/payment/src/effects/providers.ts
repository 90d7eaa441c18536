import { DomainError } from "@shopmesh/kernel";
import type { Payment } from "../payment.ts";
import type { Provider } from "../provider.ts";

/** Finds who promises for a payment among those that are configured. Throws PROVIDER_NOT_CONFIGURED. */
export function createProviderOf(providers: readonly Provider[]): (payment: Pick<Payment, "provider">) => Provider {
  return ({ provider: name }) => {
    const provider = providers.find((candidate) => candidate.name === name);
    if (provider === undefined) throw new DomainError("precondition", "PROVIDER_NOT_CONFIGURED", { provider: name });
    return provider;
  };
}
