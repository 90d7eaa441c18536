import { encodeDetails, type Status } from "../../status.ts";
import { envelop } from "./envelope.ts";
import { envelopedWire } from "./enveloped.ts";
import { headerOf } from "./http.ts";
import { sendEnd } from "./send.ts";
import { grpcTimeoutMs } from "./timeout.ts";
import type { Wire, WireCall } from "./wire.ts";

const TRAILERS = 0b1000_0000;

/** gRPC and gRPC-Web: enveloped messages, the status in the trailers, which the latter puts into the body. */
export function grpcWire(call: WireCall, isBinary: boolean, isWeb: boolean): Wire {
  const { request, response, limits } = call;
  return envelopedWire(call, isBinary, {
    contentType: `application/grpc${isWeb ? "-web" : ""}+${isBinary ? "proto" : "json"}`,
    encodingHeader: "grpc-encoding",
    acceptHeader: "grpc-accept-encoding",
    timeoutMs: () => grpcTimeoutMs(headerOf(request, "grpc-timeout")),
    async end(failure) {
      const trailers = trailersOf(failure);
      if (isWeb) return sendEnd(response, envelop(TRAILERS, Buffer.from(linesOf(trailers))), limits.stallMs);
      response.addTrailers(trailers);
      await sendEnd(response, undefined, limits.stallMs);
    },
  });
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
