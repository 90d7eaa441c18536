import {
  type DescMethod,
  type DescMethodUnary,
  fromBinary,
  fromJson,
  type JsonValue,
  type MessageInitShape,
  type MessageShape,
  create,
  toJson,
} from "@bufbuild/protobuf";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";

/** A call that the gateway refused. */
export class EdgeRefusal extends Error {
  readonly status: number;
  readonly body: JsonValue;
  /** The stable reason of our ErrorInfo; empty where the answer holds none. */
  readonly reason: string;

  constructor(method: DescMethod, status: number, body: JsonValue) {
    super(`${method.parent.typeName}/${method.name}: ${status} ${JSON.stringify(body)}`);
    this.name = "EdgeRefusal";
    this.status = status;
    this.body = body;
    this.reason = reasonIn(body);
  }
}

/** Calls the gateway as any program may: one POST of JSON. Throws EdgeRefusal. */
export async function callEdge<M extends DescMethodUnary>(
  gatewayUrl: string,
  method: M,
  request: MessageInitShape<M["input"]>,
  token = "",
): Promise<MessageShape<M["output"]>> {
  const response = await fetch(`${gatewayUrl}/${method.parent.typeName}/${method.name}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(toJson(method.input, create(method.input, request) as MessageShape<M["input"]>)),
    signal: AbortSignal.timeout(30_000),
  });
  const body = (await response.json()) as JsonValue;
  if (!response.ok) throw new EdgeRefusal(method, response.status, body);
  return fromJson(method.output, body, { ignoreUnknownFields: true }) as MessageShape<M["output"]>;
}

/** Connect's JSON carries a detail as its type and its bytes in base64. */
function reasonIn(body: JsonValue): string {
  const details = typeof body === "object" && body !== null && "details" in body ? body["details"] : undefined;
  const [first] = Array.isArray(details) ? details : [];
  const value = typeof first === "object" && first !== null && "value" in first ? first["value"] : undefined;
  return typeof value === "string" ? fromBinary(ErrorInfoSchema, Buffer.from(value, "base64")).reason : "";
}
