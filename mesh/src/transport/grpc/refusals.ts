import * as grpc from "@grpc/grpc-js";
import { DomainError } from "@shopmesh/kernel";
import { encodeDetails, statusOf } from "../../status.ts";
import { bodyTooLarge, encodingUnknown, malformedRequest, methodUnknown, timeoutMalformed } from "../refusals.ts";
import { GRPC_TIMEOUT } from "../connect/timeout.ts";
import { MAX_MESSAGE_BYTES } from "../transport.ts";

const ENCODINGS = "gzip, deflate";
const DETAILS = "grpc-status-details-bin";

type Status = Parameters<grpc.ServerInterceptingCallInterface["sendStatus"]>[0];

/**
 * Gives a reason to what grpc-js refuses before any handler sees it, and calls a client's mistake one: grpc-js takes a
 * malformed timeout or message for a fault of its own.
 */
export const tellReasons: grpc.ServerInterceptor = (_, call) => {
  const send = call.sendStatus.bind(call);
  call.sendStatus = (status) => send(withReason(status));
  // The class around it would pass every message through its hands, and add nothing.
  return call as grpc.ServerInterceptingCall;
};

/** What answers a path; as grpc-js keeps it. */
type Handler = {
  readonly type: "unary";
  readonly path: string;
  readonly func: grpc.handleUnaryCall<Buffer, Buffer>;
  readonly serialize: (bytes: Buffer) => Buffer;
  readonly deserialize: (bytes: Buffer) => Buffer;
};

/**
 * Refuses with METHOD_UNKNOWN what no service registered. grpc-js asks nobody about such a path, so its table of
 * handlers is made to answer.
 */
export function refuseUnknownMethods(server: grpc.Server, failureOf: (error: DomainError) => grpc.ServiceError): void {
  const handlers: unknown = Reflect.get(server, "handlers");
  if (!(handlers instanceof Map)) throw new Error("grpc-js keeps its handlers in another place now");
  const registered = handlers.get.bind(handlers);
  const pass = (bytes: Buffer): Buffer => bytes;
  handlers.get = (path: string): unknown => {
    const known: unknown = registered(path);
    if (known !== undefined) return known;
    return {
      type: "unary",
      path,
      func: (_, done) => done(failureOf(methodUnknown(path))),
      serialize: pass,
      deserialize: pass,
    } satisfies Handler;
  };
}

function withReason(status: Status): Status {
  const { code, details, metadata } = status;
  if (code === grpc.status.OK || (metadata?.get(DETAILS).length ?? 0) > 0) return status;
  const refusal = refusalOf(code, details);
  return refusal === undefined ? status : statusWith(refusal, metadata ?? new grpc.Metadata());
}

/** The refusal behind grpc-js's own words. */
function refusalOf(code: grpc.status, details: string): DomainError | undefined {
  const given = /"(.*)"/.exec(details)?.[1] ?? "";
  if (code === grpc.status.INTERNAL && details.includes("grpc-timeout")) {
    return timeoutMalformed("grpc-timeout", given, GRPC_TIMEOUT);
  }
  const isUnread = code === grpc.status.INTERNAL && /decompress|deserializing request/.test(details);
  const isMiscounted = code === grpc.status.UNIMPLEMENTED && details.includes("request message");
  if (isUnread || isMiscounted) return malformedRequest(details);
  if (code === grpc.status.UNIMPLEMENTED && details.includes("encoding")) return encodingUnknown(given, ENCODINGS);
  if (code === grpc.status.RESOURCE_EXHAUSTED && details.includes("larger than"))
    return bodyTooLarge(MAX_MESSAGE_BYTES);
  if (code === grpc.status.DEADLINE_EXCEEDED) return new DomainError("deadline", "DEADLINE");
  return undefined;
}

function statusWith(refusal: DomainError, metadata: grpc.Metadata): Status {
  const status = statusOf(refusal);
  metadata.set(DETAILS, Buffer.from(encodeDetails(status)));
  return { code: status.code, details: status.message, metadata };
}
