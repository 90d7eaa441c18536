/** The shop as a stranger's program sees it: JSON by plain fetch at one address. Nothing of ours is imported. */

/** A parsed JSON object. */
export type Json = { readonly [name: string]: JsonPart };
type JsonPart = string | number | boolean | null | undefined | Json | readonly JsonPart[];

/** A call that was refused, as Connect writes it. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly reason: string;
  readonly body: Json;

  constructor(path: string, status: number, body: Json) {
    super(`${path}: ${status} ${JSON.stringify(body)}`);
    this.name = "Refusal";
    this.status = status;
    this.code = text(body, "code");
    this.body = body;
    this.reason = text(list(body, "details")[0], "debug", "reason") || reasonIn(body);
  }
}

/** Calls methods of the shop, with or without a token. */
export type Shop = {
  call(method: string, request: Json, token?: string): Promise<Json>;
  /** The messages of a server stream until the signal aborts or it ends. */
  watch(method: string, request: Json, options: { token?: string; signal: AbortSignal }): AsyncIterable<Json>;
};

/** The shop at `gatewayUrl`; `method` is "shop.cart.v1.CartService/AddItem". */
export function openShop(gatewayUrl: string): Shop {
  const headersOf = (type: string, token: string | undefined) => ({
    "content-type": type,
    "connect-protocol-version": "1",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  });
  return {
    async call(method, request, token) {
      const response = await fetch(`${gatewayUrl}/${method}`, {
        method: "POST",
        headers: headersOf("application/json", token),
        body: JSON.stringify(request),
        signal: AbortSignal.timeout(30_000),
      });
      const body = (await response.json()) as Json;
      if (!response.ok) throw new Refusal(method, response.status, body);
      return body;
    },
    async *watch(method, request, { token, signal }) {
      const response = await fetch(`${gatewayUrl}/${method}`, {
        method: "POST",
        headers: headersOf("application/connect+json", token),
        body: envelope(request),
        signal,
      });
      if (response.body === null) throw new Error(`${method}: no stream`);
      for await (const { isEnd, message } of readEnvelopes(response.body)) {
        if (!isEnd) yield message;
        else if (message["error"] !== undefined) throw new Refusal(method, 200, object(message, "error"));
      }
    },
  };
}

/** Follows `path` into `value`; "" where it leads nowhere. */
export function text(value: JsonPart, ...path: readonly string[]): string {
  const found = path.reduce<JsonPart>((part, name) => (isObject(part) ? part[name] : undefined), value);
  return found === undefined || found === null || typeof found === "object" ? "" : String(found);
}

/** The objects of a list field; none where it is absent. */
export function list(value: JsonPart, name: string): readonly Json[] {
  const found = isObject(value) ? value[name] : undefined;
  return Array.isArray(found) ? found.filter(isObject) : [];
}

/** An object field. Throws where it is absent. */
export function object(value: JsonPart, name: string): Json {
  const found = isObject(value) ? value[name] : undefined;
  if (!isObject(found)) throw new Error(`the answer lacks "${name}": ${JSON.stringify(value)}`);
  return found;
}

function isObject(value: JsonPart): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The reason in a detail that its server did not spell out: the first field of our ErrorInfo. */
function reasonIn(body: Json): string {
  const bytes = Buffer.from(text(list(body, "details")[0], "value"), "base64");
  return bytes.length > 2 && bytes[0] === 0x0a ? bytes.toString("utf8", 2, 2 + (bytes[1] ?? 0)) : "";
}

/** Connect's streaming frame: one byte of flags, four of length, the message. */
function envelope(message: Json): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return new Uint8Array(Buffer.concat([head, bytes]));
}

async function* readEnvelopes(body: ReadableStream<Uint8Array>): AsyncIterable<{ isEnd: boolean; message: Json }> {
  let rest = Buffer.alloc(0);
  for await (const chunk of body) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
      const length = rest.readUInt32BE(1);
      const isEnd = ((rest[0] ?? 0) & 0b10) !== 0;
      yield { isEnd, message: JSON.parse(rest.toString("utf8", 5, 5 + length)) as Json };
      rest = rest.subarray(5 + length);
    }
  }
}
