import {
  type DescMethod,
  type DescMethodUnary,
  fromJson,
  type JsonValue,
  type MessageInitShape,
  type MessageShape,
  create,
  toJson,
} from "@bufbuild/protobuf";

/** A call that the gateway refused. */
export class EdgeRefusal extends Error {
  readonly status: number;
  readonly body: JsonValue;

  constructor(method: DescMethod, status: number, body: JsonValue) {
    super(`${method.parent.typeName}/${method.name}: ${status} ${JSON.stringify(body)}`);
    this.name = "EdgeRefusal";
    this.status = status;
    this.body = body;
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
