import type { DescMethod, DescMethodServerStreaming, DescMethodUnary, DescService, Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { statusOf } from "../../status.ts";
import { type Dispatch, type Incoming, MAX_MESSAGE_BYTES } from "../transport.ts";

/** Answers a request over HTTP/1.1 or HTTP/2. */
export type HttpHandler = ReturnType<typeof connectNodeAdapter>;

/** What a Connect server is made of. */
export type ConnectOptions = {
  readonly contracts: readonly DescService[];
  readonly dispatch: Dispatch;
  /** Which methods are shown; default all. */
  readonly isShown?: (method: DescMethod) => boolean;
  /** More routes: reflection, health. */
  readonly routes?: (router: ConnectRouter) => void;
  /** What answers a path that is no method's. */
  readonly fallback?: HttpHandler;
};

/** Speaks Connect (JSON and binary, GET for methods without side effects), gRPC-Web and gRPC. */
export function createConnectHandler({ contracts, dispatch, isShown, routes, fallback }: ConnectOptions): HttpHandler {
  return connectNodeAdapter({
    readMaxBytes: MAX_MESSAGE_BYTES,
    writeMaxBytes: MAX_MESSAGE_BYTES,
    ...(fallback === undefined ? {} : { fallback }),
    routes(router) {
      for (const contract of contracts) {
        for (const method of contract.methods) {
          if (isShown?.(method) === false) continue;
          // The router types a handler by its method; over all methods at once only their messages are known.
          if (method.methodKind === "unary") {
            router.rpc(method as DescMethodUnary, (request, context) =>
              answerUnary(method, request, context, dispatch),
            );
          } else if (method.methodKind === "server_streaming") {
            router.rpc(method as DescMethodServerStreaming, (request, context) =>
              answerStream(method, request, context, dispatch),
            );
          }
        }
      }
      routes?.(router);
    },
  });
}

async function answerUnary(
  method: DescMethod,
  request: Message,
  context: HandlerContext,
  dispatch: Dispatch,
): Promise<Message> {
  try {
    return (await dispatch(method, incomingOf(request, context))) as Message;
  } catch (error) {
    throw connectErrorOf(error, context);
  }
}

async function* answerStream(
  method: DescMethod,
  request: Message,
  context: HandlerContext,
  dispatch: Dispatch,
): AsyncIterable<Message> {
  try {
    yield* (await dispatch(method, incomingOf(request, context))) as AsyncIterable<Message>;
  } catch (error) {
    throw connectErrorOf(error, context);
  }
}

function incomingOf(request: Message, context: HandlerContext): Incoming {
  const timeoutMs = context.timeoutMs();
  return {
    request,
    headers: { get: (name) => context.requestHeader.get(name) ?? undefined },
    responseHeaders: { set: (name, value) => context.responseHeader.append(name, value) },
    signal: context.signal,
    deadlineMs: timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs,
  };
}

/** An error as Connect carries it; the headers set so far go out with it by themselves. */
function connectErrorOf(error: unknown, context: HandlerContext): ConnectError {
  if (context.signal.aborted && !(error instanceof DomainError)) return new ConnectError("cancelled", Code.Canceled);
  const { code, message, info } = statusOf(error);
  return new ConnectError(message, code as Code, undefined, [{ desc: ErrorInfoSchema, value: info }]);
}
