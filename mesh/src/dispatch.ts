import { create, type DescMethod, type Message } from "@bufbuild/protobuf";
import { DomainError } from "@shopmesh/kernel";
import type { Call } from "./call.ts";
import { contractOf } from "./contract.ts";
import type { Implementation } from "./handler.ts";
import type { Interceptor, Next } from "./interceptors/interceptor.ts";
import { isAsyncIterable } from "./iterable.ts";
import { newRequestId } from "./request-id.ts";
import type { Sql, Tx } from "./sql.ts";
import { type Dispatch, headerNames, type Incoming } from "./transport/transport.ts";

/** What a service gives each call besides what came with it. */
export type CallGround = {
  readonly region: string;
  readonly sql: Sql;
  readonly transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
};

/** The interceptors of one method, outermost first; undefined ones are left out. */
export type InterceptorsOf = (method: DescMethod) => readonly (Interceptor | undefined)[];

/** Answers the calls of `implementations`, each through its method's interceptors, composed once. */
export function createDispatch(
  implementations: readonly Implementation[],
  interceptorsOf: InterceptorsOf,
  ground: CallGround,
): Dispatch {
  const answers = new Map<DescMethod, Next>();
  for (const { contract, handlers } of implementations) {
    for (const method of contract.methods) {
      const handler = handlers[method.localName];
      if (handler === undefined) continue;
      const last = handlerAsNext(method, handler as unknown as Handle);
      const chain = interceptorsOf(method).filter((interceptor) => interceptor !== undefined);
      answers.set(
        method,
        chain.reduceRight((next, interceptor) => interceptor(next), last),
      );
    }
  }
  return (method, incoming) => {
    const answer = answers.get(method);
    if (answer === undefined) {
      const { path } = contractOf(method);
      return Promise.reject(new DomainError("unimplemented", "METHOD_UNIMPLEMENTED", { method: path }));
    }
    return answer(incoming.request, callOf(method, incoming, ground));
  };
}

/** A message, or the fields of one. */
type Fields = Record<string, unknown>;
type Handle = (request: Message, call: Call) => Promise<Fields> | AsyncIterable<Fields>;

function handlerAsNext(method: DescMethod, handle: Handle): Next {
  return async (request, call) => {
    const answer = handle(request, call);
    return isAsyncIterable<unknown>(answer)
      ? complete(method, answer as AsyncIterable<Fields>)
      : create(method.output, await answer);
  };
}

async function* complete(method: DescMethod, messages: AsyncIterable<Fields>): AsyncIterable<Message> {
  for await (const message of messages) yield create(method.output, message);
}

function callOf(method: DescMethod, incoming: Incoming, { region, sql, transaction }: CallGround): Call {
  return {
    method,
    actor: { kind: "anonymous" },
    actorToken: "",
    caller: "",
    peer: incoming.peer,
    region,
    requestHeaders: incoming.headers,
    responseHeaders: incoming.responseHeaders,
    requestId: incoming.headers.get(headerNames.requestId) ?? newRequestId(),
    deadlineMs: incoming.deadlineMs,
    signal: incoming.signal,
    isInTransaction: false,
    sql,
    transaction,
  };
}
