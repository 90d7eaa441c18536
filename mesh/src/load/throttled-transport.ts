import { isRefusal } from "@shopmesh/kernel";
import { markTried } from "../status.ts";
import type { Transport } from "../transport/transport.ts";
import { outgoingCriticality } from "./criticality.ts";
import { overloaded } from "./shed.ts";
import type { Throttle } from "./throttle.ts";

/** `transport`, which tries again by itself, and tells `throttle` what became of each call. */
export function observedTransport(transport: Transport, throttle: Throttle): Transport {
  return {
    async unary(contract, request, outgoing) {
      const criticality = outgoingCriticality(contract, outgoing.headers);
      try {
        const response = await transport.unary(contract, request, outgoing);
        throttle.sent(criticality, true);
        return response;
      } catch (error) {
        throttle.sent(criticality, !isRefusal(error, "OVERLOADED"));
        markTried(error);
        throw error;
      }
    },
    async *stream(contract, request, outgoing) {
      const criticality = outgoingCriticality(contract, outgoing.headers);
      let isTaken = false;
      try {
        for await (const message of transport.stream(contract, request, outgoing)) {
          if (!isTaken) throttle.sent(criticality, true);
          isTaken = true;
          yield message;
        }
      } catch (error) {
        if (!isTaken) throttle.sent(criticality, !isRefusal(error, "OVERLOADED"));
        throw error;
      }
    },
    close: () => transport.close(),
  };
}

/** As observedTransport; what the target would refuse anyway is refused here: UNAVAILABLE OVERLOADED, nothing is sent. */
export function throttledTransport(transport: Transport, throttle: Throttle): Transport {
  const observed = observedTransport(transport, throttle);
  return {
    async unary(contract, request, outgoing) {
      if (!throttle.admits(outgoingCriticality(contract, outgoing.headers))) throw overloaded();
      return observed.unary(contract, request, outgoing);
    },
    async *stream(contract, request, outgoing) {
      if (!throttle.admits(outgoingCriticality(contract, outgoing.headers))) throw overloaded();
      yield* observed.stream(contract, request, outgoing);
    },
    close: () => transport.close(),
  };
}
