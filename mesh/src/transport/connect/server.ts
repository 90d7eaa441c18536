import {
  createRegistry,
  type DescMethod,
  type DescService,
  type Message,
  type Registry,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { contractOf, isPublic, type MethodContract } from "../../contract.ts";
import { isAsyncIterable } from "../../iterable.ts";
import type { Log } from "../../log.ts";
import { statusOf } from "../../status.ts";
import { cancelled, draining } from "../refusals.ts";
import { decodeBinary, decodeJson } from "../decode.ts";
import { type Dispatch, type Incoming, MAX_MESSAGE_BYTES } from "../transport.ts";
import { headerOf, type HttpHandler, type HttpRequest, type HttpResponse, requestTargetOf } from "./http.ts";
import { chooseWire } from "./protocol.ts";
import type { CallLimits, Wire, WireCall } from "./wire.ts";

/** Answers a method whose client streams too: reflection. */
export type Duplex = (requests: AsyncIterable<Message>) => AsyncIterable<Message>;

/** What a Connect server is made of. */
export type ConnectOptions = {
  readonly contracts: readonly DescService[];
  readonly dispatch: Dispatch;
  readonly log: Log;
  /** Which methods are shown; default all. */
  readonly isShown?: (method: DescMethod) => boolean;
  /** What answers the methods whose client streams; those without are not shown. */
  readonly duplex?: ReadonlyMap<DescMethod, Duplex>;
  /** What answers a path that is no method's; default: METHOD_UNKNOWN. */
  readonly fallback?: HttpHandler;
  readonly limits?: Partial<CallLimits>;
  /** Aborted when the port begins to close: streams end UNAVAILABLE DRAINING, so that their clients resume elsewhere. */
  readonly drain?: AbortSignal;
  /** Why a request was refused before it came here; it is then only told so, in its own protocol. */
  readonly refusalOf?: (request: HttpRequest) => DomainError | undefined;
};

const defaultLimits: CallLimits = { maxMessageBytes: MAX_MESSAGE_BYTES, bodyTimeoutMs: 30_000, stallMs: 30_000 };

/**
 * Speaks Connect (JSON and binary, GET for methods without side effects), gRPC-Web and gRPC over HTTP/1.1 and HTTP/2.
 * Whatever is wrong with a request ends in a status with an ErrorInfo, written as its protocol wants it.
 */
export function createConnectHandler(options: ConnectOptions): HttpHandler {
  const limits = { ...defaultLimits, ...options.limits };
  const registry = registryOf(options.contracts);
  const methods = new Map<string, MethodContract>();
  for (const method of options.contracts.flatMap((contract) => contract.methods)) {
    const isAnswered = method.methodKind === "unary" || method.methodKind === "server_streaming";
    if (options.isShown?.(method) !== false && (isAnswered || options.duplex?.has(method) === true)) {
      const contract = contractOf(method);
      methods.set(contract.path, contract);
    }
  }
  return (request, response) => {
    const { path, query } = requestTargetOf(request);
    const contract = methods.get(path);
    if (contract === undefined && options.fallback !== undefined && !isRpc(request)) {
      options.fallback(request, response);
      return;
    }
    const isOpen = contract !== undefined && isPublic(contract);
    const maxAgeS = contract?.maxAgeS ?? 0;
    const call: WireCall = { isPublic: isOpen, maxAgeS, request, response, headers: {}, limits };
    answer(call, { path, query, contract, registry }, options).catch((error: unknown) =>
      options.log.error("an answer was not sent", { path }, error),
    );
  };
}

/** Whether a client expects an answer in gRPC's own way, also of a path that nobody knows. */
function isRpc(request: HttpRequest): boolean {
  return headerOf(request, "content-type")?.startsWith("application/grpc") ?? false;
}

/** What a google.protobuf.Any may hold in JSON: the messages of every method, and what a status tells. */
function registryOf(contracts: readonly DescService[]): Registry {
  const messages = contracts.flatMap(({ methods }) => methods.flatMap(({ input, output }) => [input, output]));
  return createRegistry(ErrorInfoSchema, ...messages);
}

type Asked = {
  readonly path: string;
  readonly query: string;
  readonly contract: MethodContract | undefined;
  readonly registry: Registry;
};

async function answer(call: WireCall, asked: Asked, options: ConnectOptions): Promise<void> {
  const { contract, path, registry } = asked;
  const { wire, refusal } = chooseWire(call, asked);
  const early = options.refusalOf?.(call.request) ?? refusal;
  if (early !== undefined || contract === undefined) return wire.end(statusOf(early));
  const drain = contract.method.methodKind === "unary" ? undefined : options.drain;
  const signal = signalOf(call.response, drain);
  try {
    const codec = codecOf(contract, wire, registry);
    const answers = await invoke(contract, { wire, codec, call, signal }, options);
    if (isAsyncIterable(answers)) {
      for await (const message of answers as AsyncIterable<Message>) await wire.send(codec.encode(message));
    } else {
      await wire.send(codec.encode(answers as Message));
    }
    if (drain?.aborted === true) throw draining();
  } catch (error) {
    if (drain?.aborted === true) return wire.end(statusOf(draining()));
    if (!(error instanceof DomainError)) options.log.error("a call failed at the edge", { method: path }, error);
    return wire.end(statusOf(error));
  }
  return wire.end();
}

type Codec = { readonly decode: (bytes: Uint8Array) => Message; readonly encode: (message: Message) => Uint8Array };

/** A method's messages in the form that the client has chosen. */
function codecOf({ method: { input, output } }: MethodContract, { isBinary }: Wire, registry: Registry): Codec {
  return isBinary
    ? { decode: (bytes) => decodeBinary(input, bytes), encode: (message) => toBinary(output, message) }
    : {
        decode: (bytes) => decodeJson(input, bytes, registry),
        encode: (message) => Buffer.from(toJsonString(output, message, { registry })),
      };
}

type Asking = {
  readonly wire: Wire;
  readonly codec: Codec;
  readonly call: WireCall;
  readonly signal: AbortSignal;
};

async function invoke(
  { method }: MethodContract,
  { wire, codec: { decode }, call, signal }: Asking,
  { duplex, dispatch }: ConnectOptions,
): Promise<Message | AsyncIterable<Message>> {
  const timeoutMs = wire.timeoutMs();
  const lasting = duplex?.get(method);
  if (lasting !== undefined) return lasting(decoded(wire.readMany(), decode));
  const deadlineMs = timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
  return dispatch(method, incomingOf(decode(await wire.readOne()), call, deadlineMs, signal));
}

async function* decoded(messages: AsyncIterable<Uint8Array>, decode: Codec["decode"]) {
  for await (const bytes of messages) yield decode(bytes);
}

function incomingOf(request: Message, call: WireCall, deadlineMs: number, signal: AbortSignal): Incoming {
  return {
    request,
    headers: { get: (name) => headerOf(call.request, name) },
    responseHeaders: {
      set(name, value) {
        const known = call.headers[name];
        call.headers[name] = known === undefined ? value : [known, value].flat().map(String);
      },
    },
    signal,
    deadlineMs,
  };
}

/** Aborted when the client is gone before it had its answer, or at the `drain`. */
function signalOf(response: HttpResponse, drain: AbortSignal | undefined): AbortSignal {
  const gone = new AbortController();
  const leave = (): void => gone.abort(draining());
  response.once("close", () => {
    drain?.removeEventListener("abort", leave);
    if (!response.writableEnded) gone.abort(cancelled());
  });
  drain?.addEventListener("abort", leave, { once: true });
  if (drain?.aborted === true) leave();
  return gone.signal;
}
