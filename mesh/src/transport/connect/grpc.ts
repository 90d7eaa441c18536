import { encodeDetails, type Status } from "../../status.ts";
import { encodingOf, takesGzip } from "./compression.ts";
import { envelop, envelopFor, readMessages, readOnlyMessage } from "./envelope.ts";
import { headerOf } from "./http.ts";
import { sendBytes, sendEnd, sendHead } from "./send.ts";
import { grpcTimeoutMs } from "./timeout.ts";
import type { Wire, WireCall } from "./wire.ts";

const TRAILERS = 0b1000_0000;

/** gRPC and gRPC-Web: enveloped messages, the status in the trailers, which the latter puts into the body. */
export function grpcWire(call: WireCall, isBinary: boolean, isWeb: boolean): Wire {
  const { request, response, headers, limits } = call;
  const accepted = headerOf(request, "grpc-accept-encoding");
  const encoding = () => encodingOf(headerOf(request, "grpc-encoding"));
  const begin = (): void => {
    if (response.headersSent) return;
    sendHead(response, 200, {
      ...headers,
      "content-type": `application/grpc${isWeb ? "-web" : ""}+${isBinary ? "proto" : "json"}`,
      ...(takesGzip(accepted) ? { "grpc-encoding": "gzip" } : {}),
    });
  };
  return {
    isBinary,
    timeoutMs: () => grpcTimeoutMs(headerOf(request, "grpc-timeout")),
    readOne: async () => readOnlyMessage(request, encoding(), limits),
    readMany: () => readMessages(request, encoding(), limits),
    async send(message) {
      begin();
      await sendBytes(response, await envelopFor(accepted, message), limits.stallMs);
    },
    async end(failure) {
      begin();
      const trailers = trailersOf(failure);
      if (isWeb) return sendEnd(response, envelop(TRAILERS, Buffer.from(linesOf(trailers))), limits.stallMs);
      response.addTrailers(trailers);
      await sendEnd(response, undefined, limits.stallMs);
    },
  };
}

function trailersOf(failure: Status | undefined): Record<string, string> {
  if (failure === undefined) return { "grpc-status": "0" };
  return {
    "grpc-status": String(failure.code),
    "grpc-message": encodeURIComponent(failure.message),
    "grpc-status-details-bin": Buffer.from(encodeDetails(failure)).toString("base64").replace(/=+$/, ""),
  };
}

function linesOf(trailers: Readonly<Record<string, string>>): string {
  return Object.entries(trailers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
}
