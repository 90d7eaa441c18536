import { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import type { RequestHeaders } from "../call.ts";
import type { MethodContract } from "../contract.ts";
import type { CallerVerifier } from "../identity/caller.ts";
import { headerNames } from "../transport/transport.ts";

const words: ReadonlyMap<string, Criticality> = new Map([
  ["critical", Criticality.CRITICAL],
  ["normal", Criticality.NORMAL],
  ["sheddable", Criticality.SHEDDABLE],
]);
const wordOf: ReadonlyMap<Criticality, string> = new Map([...words].map(([word, criticality]) => [criticality, word]));

/**
 * How much a call matters: what its caller says it is part of, else what its contract says. Only a service of the mesh is
 * believed; a stranger's header counts for nothing.
 */
export function criticalityOf(
  contract: MethodContract,
  headers: RequestHeaders,
  verifyCaller: CallerVerifier,
): Criticality {
  const word = headers.get(headerNames.criticality);
  if (word === undefined) return contract.criticality;
  const callerToken = headers.get(headerNames.caller);
  if (callerToken === undefined || verifyCaller(callerToken) === undefined) return contract.criticality;
  return words.get(word) ?? contract.criticality;
}

/** The header's value for a call of `contract` that is part of something `criticality`; undefined where the contract says the same. */
export function criticalityHeader(contract: MethodContract, criticality: Criticality | undefined): string | undefined {
  return criticality === undefined || criticality === contract.criticality ? undefined : wordOf.get(criticality);
}

/** How much an outgoing call matters, read back from its headers. */
export function outgoingCriticality(contract: MethodContract, headers: Readonly<Record<string, string>>): Criticality {
  return words.get(headers[headerNames.criticality] ?? "") ?? contract.criticality;
}
