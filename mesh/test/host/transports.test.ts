import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { createTransports } from "../../src/host/transports.ts";

const transports = createTransports({
  hosted: new Set(["order"]),
  addressOf: () => {
    throw new Error("configuration: WISHLIST_ADDRESS is not set");
  },
  contractsOf: () => [],
});

for (const [what, service] of [
  ["that this mesh does not run", "wishlist"],
  ["of this process that is not started yet", "order"],
] as const) {
  test(`a service ${what} is unavailable`, (t) => {
    const error = t.throws(() => transports.to(service), { instanceOf: DomainError });
    t.like(error, { kind: "unavailable", reason: "SERVICE_UNAVAILABLE", metadata: { service } });
  });
}
