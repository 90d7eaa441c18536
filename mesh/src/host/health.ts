import type { DescService } from "@bufbuild/protobuf";
import type { Server } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";

/** grpc.health.v1 of one server. */
export type Health = { serving(isServing: boolean): void };

/** Answers Check and Watch for the server as a whole ("") and for each of `contracts`; NOT_SERVING until told. */
export function addHealth(server: Server, contracts: readonly DescService[]): Health {
  const names = ["", ...contracts.map(({ typeName }) => typeName)];
  const implementation = new HealthImplementation(Object.fromEntries(names.map((name) => [name, "NOT_SERVING"])));
  implementation.addToServer(server);
  return {
    serving(isServing) {
      for (const name of names) implementation.setStatus(name, isServing ? "SERVING" : "NOT_SERVING");
    },
  };
}
