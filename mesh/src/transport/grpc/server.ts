import { type DescMethod, type DescService, type Message, toBinary } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { DomainError } from "@shopmesh/kernel";
import { encodeDetails, isFinal, statusOf } from "../../status.ts";
import { leanHttp2 } from "../lean-http2.ts";
import { decodeBinary } from "../decode.ts";
import type { Log } from "../../log.ts";
import { refuseUnknownMethods, tellReasons } from "./refusals.ts";
import { type Dispatch, type Incoming, MAX_MESSAGE_BYTES } from "../transport.ts";
import { listenTls, type Tls, type TlsPort } from "./tls.ts";

/** A gRPC server over HTTP/2: plain for this machine alone, or with TLS. */
export type GrpcServer = {
  readonly server: grpc.Server;
  /** Binds `address` ("127.0.0.1:9006", port 0 = any); the port it got. With `tls` only processes of the mesh get in. */
  listen(address: string, tls?: Tls & { readonly log: Log }): Promise<number>;
  /** Takes no new calls, lets those under way end, cuts what is left after `graceMs`. */
  stop(graceMs: number): Promise<void>;
};

const KEEPALIVE_MS = 30_000;
const MAX_CONNECTION_AGE_MS = 300_000;

/** The services that a caller's certificate names; undefined without TLS. */
type PeerOf = (call: ServerCall) => readonly string[] | undefined;

/** A server that answers `contracts` by `dispatch`. */
export function createGrpcServer(contracts: readonly DescService[], dispatch: Dispatch): GrpcServer {
  leanHttp2();
  const server = new grpc.Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
    "grpc.keepalive_time_ms": KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": 10_000,
    "grpc.max_concurrent_streams": 1_000,
    // Nobody asks grpc-js for its own statistics; ours are at /metrics.
    "grpc.enable_channelz": 0,
    // Now and then a client is sent away to connect anew: it meets instances that are new, and shows its certificate of now.
    "grpc.max_connection_age_ms": MAX_CONNECTION_AGE_MS,
    interceptors: [tellReasons],
  });
  refuseUnknownMethods(server, failureOf);
  let tlsPort: TlsPort | undefined;
  const peerOf: PeerOf = (call) => tlsPort?.servicesAt(call.getPeer());
  for (const contract of contracts) {
    const methods = contract.methods.filter(
      (method) => method.methodKind === "unary" || method.methodKind === "server_streaming",
    );
    server.addService(
      Object.fromEntries(methods.map((method) => [method.localName, definitionOf(method)])),
      Object.fromEntries(
        methods.map((method) => [
          method.localName,
          method.methodKind === "unary"
            ? answerUnary(method, dispatch, peerOf)
            : answerStream(method, dispatch, peerOf),
        ]),
      ),
    );
  }
  return {
    server,
    async listen(address, tls) {
      if (tls === undefined) return listen(server, address);
      tlsPort = await listenTls(server, address, tls);
      return tlsPort.port;
    },
    async stop(graceMs) {
      tlsPort?.close();
      await stop(server, graceMs);
    },
  };
}

function listen(server: grpc.Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(new Error(`cannot listen on ${address}: ${error.message}`, { cause: error }));
    });
  });
}

async function stop(server: grpc.Server, graceMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, graceMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * How grpc-js knows `method`: bytes pass through it as they are. We decode and encode ourselves, so that a malformed request is
 * INVALID_ARGUMENT and not grpc-js's INTERNAL.
 */
export function definitionOf(method: DescMethod): grpc.MethodDefinition<Buffer, Buffer> {
  const pass = (bytes: Buffer): Buffer => bytes;
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    originalName: method.localName,
    requestStream: false,
    responseStream: method.methodKind === "server_streaming",
    requestSerialize: pass,
    requestDeserialize: pass,
    responseSerialize: pass,
    responseDeserialize: pass,
  };
}

function answerUnary(method: DescMethod, dispatch: Dispatch, peerOf: PeerOf): grpc.handleUnaryCall<Buffer, Buffer> {
  const answer = async (call: grpc.ServerUnaryCall<Buffer, Buffer>): Promise<Buffer> => {
    const { incoming, sendHeaders, settle } = receive(method, call, peerOf(call));
    try {
      return encode(method, (await dispatch(method, incoming)) as Message);
    } finally {
      settle();
      sendHeaders();
    }
  };
  return (call, callback) => {
    answer(call)
      .then((bytes) => callback(null, bytes))
      .catch((error: unknown) => callback(failureOf(error)));
  };
}

function answerStream(
  method: DescMethod,
  dispatch: Dispatch,
  peerOf: PeerOf,
): grpc.handleServerStreamingCall<Buffer, Buffer> {
  return (call) => {
    const send = async (): Promise<void> => {
      const { incoming, sendHeaders } = receive(method, call, peerOf(call));
      const messages = (await dispatch(method, incoming)) as AsyncIterable<Message>;
      sendHeaders();
      for await (const message of messages) {
        if (call.cancelled) return;
        if (!call.write(encode(method, message))) await drained(call);
      }
      call.end();
    };
    send().catch((error: unknown) => call.emit("error", failureOf(error)));
  };
}

/** Resolves when the client has read on, or is gone. */
function drained(call: grpc.ServerWritableStream<Buffer, Buffer>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      call.off("drain", done);
      call.off("cancelled", done);
      resolve();
    };
    call.once("drain", done);
    call.once("cancelled", done);
  });
}

type ServerCall = grpc.ServerUnaryCall<Buffer, Buffer> | grpc.ServerWritableStream<Buffer, Buffer>;

/** What came, and what is to be done once it is answered. Throws what decodeBinary throws. */
function receive(
  method: DescMethod,
  call: ServerCall,
  peer: readonly string[] | undefined,
): { incoming: Incoming; sendHeaders: () => void; settle: () => void } {
  const request = decodeBinary(method.input, call.request);
  const abort = new AbortController();
  let isSettled = false;
  // grpc-js says "cancelled" of every call that ends, also of an answered one: nobody is left to hear of it.
  call.on("cancelled", () => {
    if (!isSettled) abort.abort(new DomainError("cancelled", "CANCELLED"));
  });
  const deadline = call.getDeadline();
  const headers = call.metadata;
  let sent: grpc.Metadata | undefined;
  const incoming = {
    request,
    headers: { get: (name: string) => headers.get(name)[0]?.toString() },
    responseHeaders: {
      set(name: string, value: string): void {
        sent ??= new grpc.Metadata();
        sent.set(name, value);
      },
    },
    signal: abort.signal,
    peer,
    deadlineMs: deadline instanceof Date ? deadline.getTime() : deadline,
  };
  return {
    incoming,
    sendHeaders: () => {
      if (sent !== undefined) call.sendMetadata(sent);
    },
    settle: () => {
      isSettled = true;
    },
  };
}

function encode(method: DescMethod, message: Message): Buffer {
  const bytes = toBinary(method.output, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** An error as grpc-js sends it. */
export function failureOf(error: unknown): grpc.ServiceError {
  const status = statusOf(error);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(encodeDetails(status)));
  // One layer tries again, the one next to the failure (gRFC A6: a server that says so is not asked again).
  if (isFinal(error)) metadata.set("grpc-retry-pushback-ms", "-1");
  return Object.assign(new Error(status.message), {
    code: status.code,
    details: status.message,
    metadata,
  });
}
