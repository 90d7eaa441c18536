import type { Message } from "@bufbuild/protobuf";
import { isRefusal } from "@shopmesh/kernel";
import type { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import { markTried } from "../status.ts";
import type { Transport } from "../transport/transport.ts";
import { outgoingCriticality } from "./criticality.ts";
import type { Outflow } from "./outflow.ts";
import { overloaded } from "./shed.ts";

/**
 * `transport`, which tries again by itself, within the bounds of `outflow`: what the target would refuse anyway is refused
 * here, UNAVAILABLE OVERLOADED, and nothing is sent.
 */
export function boundedTransport(transport: Transport, outflow: Outflow): Transport {
  return {
    async unary(contract, request, outgoing) {
      const ended = begin(outflow, outgoingCriticality(contract, outgoing.headers));
      try {
        const response = await transport.unary(contract, request, outgoing);
        ended(true);
        return response;
      } catch (error) {
        ended(!isRefusal(error, "OVERLOADED"));
        markTried(error);
        throw error;
      }
    },
    async *stream(contract, request, outgoing) {
      const ended = begin(outflow, outgoingCriticality(contract, outgoing.headers));
      yield* toldOnce(transport.stream(contract, request, outgoing), ended);
    },
    close: () => transport.close(),
  };
}

function begin(outflow: Outflow, criticality: Criticality): (isTaken: boolean) => void {
  if (!outflow.hasRoom(criticality)) throw overloaded();
  return outflow.send(criticality);
}

/** A stream is taken up with its first message; from then on it is none of the calls under way. */
async function* toldOnce(messages: AsyncIterable<Message>, ended: (isTaken: boolean) => void): AsyncIterable<Message> {
  let isTold = false;
  const tell = (isTaken: boolean): void => {
    if (!isTold) ended(isTaken);
    isTold = true;
  };
  try {
    for await (const message of messages) {
      tell(true);
      yield message;
    }
  } catch (error) {
    tell(!isRefusal(error, "OVERLOADED"));
    throw error;
  } finally {
    tell(true);
  }
}
