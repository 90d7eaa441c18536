import { AsyncLocalStorage } from "node:async_hooks";
import { type DescService, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { leanHttp2 } from "../lean-http2.ts";
import { DomainError } from "@shopmesh/kernel";
import type { MethodContract } from "../../contract.ts";
import { decodeDetails, errorOf } from "../../status.ts";
import { MAX_MESSAGE_BYTES, type Outgoing, type Transport } from "../transport.ts";
import { createPatience, type Patience } from "./patience.ts";
import { serviceConfigOf } from "./service-config.ts";
import { grpcTargetOf, mayBeSeveral } from "./target.ts";
import type { ChannelSecurity } from "./tls.ts";

/** How soon after its last failure an instance is tried again, at most: after this long each client knows that it is back. */
export const MAX_RECONNECT_MS = 1_000;

/**
 * Reaches the instances of a service at `address` (see grpcTargetOf), each in its turn. While none is there a unary call
 * waits a moment for one.
 */
export function createGrpcTransport(
  address: string,
  contracts: readonly DescService[],
  security?: ChannelSecurity,
): Transport {
  leanHttp2();
  const credentials = security?.credentials ?? grpc.ChannelCredentials.createInsecure();
  const client = new grpc.Client(grpcTargetOf(address), credentials, {
    ...(security === undefined ? {} : { "grpc.ssl_target_name_override": security.serverName }),
    "grpc.service_config": JSON.stringify(serviceConfigOf(contracts, mayBeSeveral(address))),
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
    "grpc.keepalive_time_ms": 10_000,
    "grpc.keepalive_timeout_ms": 5_000,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": MAX_RECONNECT_MS,
    // A name stands for other instances after a deployment: asked again when a connection is lost.
    "grpc.dns_min_time_between_resolutions_ms": 1_000,
    // The contracts say what is retried; nobody's TXT record does.
    "grpc.service_config_disable_resolution": 1,
    "grpc.enable_channelz": 0,
  });
  const patience = createPatience(client);
  return {
    unary: (contract, request, outgoing) => callUnary({ client, patience }, contract, request, outgoing),
    stream: (contract, request, outgoing) => callStream(client, contract, request, outgoing),
    close: () => client.close(),
  };
}

/**
 * Asks the channel itself. grpc-js's client would wrap each call in an emitter, two listeners and an error that notes who asked,
 * a tenth of a call's price; an error of ours is made of the status and has its own stack.
 */
function callUnary(
  { client, patience }: { readonly client: grpc.Client; readonly patience: Patience },
  contract: MethodContract,
  request: Message,
  outgoing: Outgoing,
): Promise<Message> {
  return new Promise((resolve, reject) => {
    const bytes = encode(contract, request);
    const metadata = withHeaders(patience.metadata(), outgoing);
    const call = client.getChannel().createCall(contract.path, outgoing.deadlineMs, null, null, null);
    const cancel = (): void => call.cancelWithStatus(grpc.status.CANCELLED, "Cancelled on client");
    const guard = patience.guard(cancel);
    let answer: Buffer | undefined;
    const listener = {
      onReceiveMetadata: nothing,
      onReceiveMessage(message: Buffer): void {
        if (answer !== undefined) call.cancelWithStatus(grpc.status.UNIMPLEMENTED, "Too many responses received");
        answer = message;
      },
      onReceiveStatus(status: grpc.StatusObject): void {
        outgoing.signal.removeEventListener("abort", cancel);
        guard.end();
        if (guard.isOver()) return reject(new DomainError("unavailable", "UNAVAILABLE"));
        if (status.code !== grpc.status.OK) return reject(failureOf(status, outgoing));
        if (answer === undefined) return reject(errorOf(grpc.status.UNIMPLEMENTED, "No message received", undefined));
        try {
          resolve(decode(contract, answer));
        } catch (failure) {
          reject(failure);
        }
      },
    };
    // Its streams need not carry the caller's context about.
    outside(() => {
      call.start(metadata, listener);
      call.startRead();
      call.sendMessageWithContext({}, bytes);
      call.halfClose();
    });
    outgoing.signal.addEventListener("abort", cancel, { once: true });
    if (outgoing.signal.aborted) cancel();
  });
}

async function* callStream(
  client: grpc.Client,
  contract: MethodContract,
  request: Message,
  outgoing: Outgoing,
): AsyncIterable<Message> {
  const call = client.makeServerStreamRequest(
    contract.path,
    (message: Message) => encode(contract, message),
    pass,
    request,
    withHeaders(new grpc.Metadata(), outgoing),
    optionsOf(outgoing),
  );
  const cancel = (): void => call.cancel();
  outgoing.signal.addEventListener("abort", cancel, { once: true });
  if (outgoing.signal.aborted) cancel();
  try {
    for await (const bytes of call) yield decode(contract, bytes as Buffer);
  } catch (error) {
    throw isServiceError(error) ? failureOf(error, outgoing) : error;
  } finally {
    outgoing.signal.removeEventListener("abort", cancel);
    call.cancel();
  }
}

const outside = AsyncLocalStorage.snapshot();

const nothing = (): void => undefined;

const pass = (bytes: Buffer): Buffer => bytes;

function encode(contract: MethodContract, message: Message): Buffer {
  const bytes = toBinary(contract.method.input, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decode(contract: MethodContract, bytes: Buffer): Message {
  try {
    return fromBinary(contract.method.output, bytes);
  } catch (error) {
    throw new DomainError("internal", "MALFORMED_RESPONSE", { method: contract.path }, { cause: error });
  }
}

function withHeaders(metadata: grpc.Metadata, { headers }: Outgoing): grpc.Metadata {
  for (const name in headers) metadata.set(name, headers[name] ?? "");
  return metadata;
}

function optionsOf({ deadlineMs }: Outgoing): grpc.CallOptions {
  return deadlineMs === Number.POSITIVE_INFINITY ? {} : { deadline: deadlineMs };
}

function isServiceError(error: unknown): error is grpc.ServiceError {
  return error instanceof Error && "code" in error && "metadata" in error;
}

function failureOf(error: grpc.StatusObject, { signal }: Outgoing): DomainError {
  const details = error.metadata?.get("grpc-status-details-bin")[0];
  const info = details instanceof Uint8Array ? decodeDetails(details) : undefined;
  // Nobody here cancelled: an instance that stops cuts what outlasts its grace, and says so by this code.
  if (error.code === grpc.status.CANCELLED && info === undefined && !signal.aborted) {
    return new DomainError("unavailable", "CONNECTION_LOST");
  }
  return errorOf(error.code, error.details, info);
}
