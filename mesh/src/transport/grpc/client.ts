import { type DescService, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { DomainError } from "@shopmesh/kernel";
import type { MethodContract } from "../../contract.ts";
import { decodeDetails, errorOf } from "../../status.ts";
import { MAX_MESSAGE_BYTES, type Outgoing, type Transport } from "../transport.ts";
import { serviceConfigOf } from "./service-config.ts";

/** Reaches the service at `address` ("host:port", or any grpc target such as "dns:///order:9006"). */
export function createGrpcTransport(
  address: string,
  contracts: readonly DescService[],
  credentials: grpc.ChannelCredentials = grpc.ChannelCredentials.createInsecure(),
): Transport {
  const client = new grpc.Client(address, credentials, {
    "grpc.service_config": JSON.stringify(serviceConfigOf(contracts)),
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 10_000,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 2_000,
  });
  return {
    unary: (contract, request, outgoing) => callUnary(client, contract, request, outgoing),
    stream: (contract, request, outgoing) => callStream(client, contract, request, outgoing),
    close: () => client.close(),
  };
}

function callUnary(
  client: grpc.Client,
  contract: MethodContract,
  request: Message,
  outgoing: Outgoing,
): Promise<Message> {
  return new Promise((resolve, reject) => {
    const call = client.makeUnaryRequest(
      contract.path,
      (message: Message) => encode(contract, message),
      pass,
      request,
      metadataOf(outgoing),
      optionsOf(outgoing),
      (error, bytes) => {
        outgoing.signal.removeEventListener("abort", cancel);
        if (error !== null) reject(failureOf(error));
        else resolve(decode(contract, bytes));
      },
    );
    const cancel = (): void => call.cancel();
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
    metadataOf(outgoing),
    optionsOf(outgoing),
  );
  const cancel = (): void => call.cancel();
  outgoing.signal.addEventListener("abort", cancel, { once: true });
  if (outgoing.signal.aborted) cancel();
  try {
    for await (const bytes of call) yield decode(contract, bytes as Buffer);
  } catch (error) {
    throw isServiceError(error) ? failureOf(error) : error;
  } finally {
    outgoing.signal.removeEventListener("abort", cancel);
    call.cancel();
  }
}

const pass = (bytes: Buffer): Buffer => bytes;

function encode(contract: MethodContract, message: Message): Buffer {
  const bytes = toBinary(contract.method.input, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decode(contract: MethodContract, bytes: Buffer | undefined): Message {
  try {
    return fromBinary(contract.method.output, bytes ?? Buffer.alloc(0));
  } catch (error) {
    throw new DomainError("internal", "MALFORMED_RESPONSE", { method: contract.path }, { cause: error });
  }
}

function metadataOf({ headers }: Outgoing): grpc.Metadata {
  const metadata = new grpc.Metadata();
  for (const name in headers) metadata.set(name, headers[name] ?? "");
  return metadata;
}

function optionsOf({ deadlineMs }: Outgoing): grpc.CallOptions {
  return deadlineMs === Number.POSITIVE_INFINITY ? {} : { deadline: deadlineMs };
}

function isServiceError(error: unknown): error is grpc.ServiceError {
  return error instanceof Error && "code" in error && "metadata" in error;
}

function failureOf(error: grpc.ServiceError): DomainError {
  const details = error.metadata?.get("grpc-status-details-bin")[0];
  return errorOf(error.code, error.details, details instanceof Uint8Array ? decodeDetails(details) : undefined);
}
