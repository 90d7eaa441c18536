import type { Message } from "@bufbuild/protobuf";
import { DomainError } from "@shopmesh/kernel";
import { contractOf, ownerOf } from "../contract.ts";
import type { CallerVerifier } from "../identity/caller.ts";
import type { Dispatch } from "../transport/transport.ts";
import type { Admission, Leave } from "./admission.ts";
import { criticalityOf } from "./criticality.ts";

/** After how long a call that was refused for overload may be tried again. */
export const OVERLOAD_RETRY_MS = 1_000;

/**
 * `dispatch` for calls that enter this process from outside it: what the process has no place for is refused at once,
 * UNAVAILABLE OVERLOADED, before anything is done for it. What operates the mesh (`shop.mesh.v1`) is never refused. A call
 * from within the process is part of one that has its place, and does not come by here.
 */
export function shedding(dispatch: Dispatch, admission: Admission, verifyCaller: CallerVerifier): Dispatch {
  return async (method, incoming) => {
    const contract = contractOf(method);
    if (ownerOf(method.parent) === "mesh") return dispatch(method, incoming);
    const criticality = criticalityOf(contract, incoming.headers, verifyCaller);
    const isStream = method.methodKind !== "unary";
    const leave = isStream ? admission.openStream(criticality) : admission.enter(criticality);
    if (leave === undefined) throw overloaded();
    try {
      const answer = await dispatch(method, incoming);
      if (isStream) return leaving(answer as AsyncIterable<Message>, leave);
      leave();
      return answer;
    } catch (error) {
      leave();
      throw error;
    }
  };
}

/** The refusal of who comes to a process, or a service, that has too much to do. */
export function overloaded(): DomainError {
  return new DomainError("unavailable", "OVERLOADED", { retry_after_ms: String(OVERLOAD_RETRY_MS) });
}

async function* leaving(messages: AsyncIterable<Message>, leave: Leave): AsyncIterable<Message> {
  try {
    yield* messages;
  } finally {
    leave();
  }
}
