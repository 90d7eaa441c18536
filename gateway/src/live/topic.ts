import { clone, type DescMethod, type DescService, isFieldSet, type Message } from "@bufbuild/protobuf";
import { type Any, anyPack, anyUnpack } from "@bufbuild/protobuf/wkt";
import type { Topic } from "@shopmesh/contracts/shop/mesh/v1/live_service_pb.ts";
import { Live } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { contractOf, isOpenAtEdge, type MethodContract } from "@shopmesh/mesh";

/** A Watch RPC, asked for as a topic; known by its contract alone. */
export type TopicCall = {
  readonly contract: MethodContract;
  /** Whether a newer message takes the place of an older one. */
  readonly isState: boolean;
  /** The request that goes on after `cursor`. */
  request(cursor: string): Message;
  /** The cursor of an answer, and whether it says nothing else. */
  read(response: Message): { readonly cursor: string; readonly isHeartbeat: boolean };
  pack(response: Message): Any;
};

/** What a topic asks for. Throws TOPIC_METHOD_UNKNOWN, TOPIC_REQUEST_MISMATCH. */
export type ReadTopic = (topic: Topic) => TopicCall;

/** Reads topics for every live RPC in `contracts` that the gateway shows. */
export function createTopicReader(contracts: readonly DescService[]): ReadTopic {
  const methods = new Map<string, DescMethod>(
    contracts
      .flatMap((contract) => contract.methods)
      .filter((method) => isFollowed(method) && isOpenAtEdge(method))
      .map((method) => [`${method.parent.typeName}/${method.name}`, method] as const),
  );
  return ({ id, method: name, request }) => {
    const method = methods.get(name);
    if (method === undefined) throw new DomainError("invalid", "TOPIC_METHOD_UNKNOWN", { topic_id: id, method: name });
    return topicCall(method, unpack(method, id, request));
  };
}

function isFollowed(method: DescMethod): boolean {
  const { live } = contractOf(method);
  return live === Live.STATE || live === Live.LOG;
}

function unpack({ input }: DescMethod, id: string, request: Topic["request"]): Message {
  const mismatch = { topic_id: id, expected: input.typeName, given: request?.typeUrl ?? "" };
  try {
    const message = request === undefined ? undefined : anyUnpack(request, input);
    if (message !== undefined) return message;
  } catch (error) {
    throw new DomainError("invalid", "TOPIC_REQUEST_MISMATCH", mismatch, { cause: error });
  }
  throw new DomainError("invalid", "TOPIC_REQUEST_MISMATCH", mismatch);
}

function topicCall(method: DescMethod, request: Message): TopicCall {
  const contract = contractOf(method);
  const says = method.output.fields.filter(({ name }) => name !== "cursor");
  return {
    contract,
    isState: contract.live === Live.STATE,
    request: (cursor) => Object.assign(clone(method.input, request), cursor === "" ? {} : { cursor }),
    read: (response) => ({
      // A rule of the contracts: each of these has one.
      cursor: String(Reflect.get(response, "cursor")),
      isHeartbeat: !says.some((field) => isFieldSet(response, field)),
    }),
    pack: (response) => anyPack(method.output, response),
  };
}
