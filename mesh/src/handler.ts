import type { DescMethod, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Call, Origin } from "./call.ts";

export type { Origin } from "./call.ts";

type Method<S extends DescService, K extends keyof S["method"]> = S["method"][K] & DescMethod;

/** What a method answers with: one message, or, for a server stream, many. */
type Answer<M extends DescMethod> = M["methodKind"] extends "server_streaming"
  ? AsyncIterable<MessageInitShape<M["output"]>>
  : Promise<MessageInitShape<M["output"]>>;

/** The one handler shape: `(request, call) => response | AsyncIterable`. */
export type Handler<M extends DescMethod> = (request: MessageShape<M["input"]>, call: Call) => Answer<M>;

/** The handlers of a contract, all of them or those named in `K`. */
export type Handlers<S extends DescService, K extends keyof S["method"] = keyof S["method"]> = {
  readonly [N in K]: Handler<Method<S, N>>;
};

/** A contract with its handlers, types forgotten, as a service hands it to the mesh. */
export type Implementation = {
  readonly contract: DescService;
  readonly handlers: Readonly<Record<string, AnyHandler>>;
};

/** A handler whose types are known to its contract only. */
export type AnyHandler = (request: never, call: Call) => unknown;

/** Pairs `contract` with the handlers of all its methods; the compiler says which one is missing. */
export function implement<S extends DescService>(contract: S, handlers: Handlers<S>): Implementation {
  return { contract, handlers: handlers as Implementation["handlers"] };
}

/** How another service is called: a promise, or for server streams an iterable. Throws DomainError. */
export type Client<S extends DescService> = {
  readonly [K in keyof S["method"]]: (
    request: MessageInitShape<Method<S, K>["input"]>,
    origin: Origin,
  ) => Method<S, K>["methodKind"] extends "server_streaming"
    ? AsyncIterable<MessageShape<Method<S, K>["output"]>>
    : Promise<MessageShape<Method<S, K>["output"]>>;
};
