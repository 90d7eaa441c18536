import { envelop } from "./envelope.ts";
import { envelopedWire } from "./enveloped.ts";
import { errorJsonOf } from "./error-json.ts";
import { headerOf } from "./http.ts";
import { sendEnd } from "./send.ts";
import { connectTimeoutMs } from "./timeout.ts";
import type { Wire, WireCall } from "./wire.ts";

const END_STREAM = 0b10;

/** Connect's streams: enveloped messages, the last one JSON that says how it ended. */
export function connectStream(call: WireCall, isBinary: boolean): Wire {
  const { request, response, limits } = call;
  return envelopedWire(call, isBinary, {
    contentType: `application/connect+${isBinary ? "proto" : "json"}`,
    encodingHeader: "connect-content-encoding",
    acceptHeader: "connect-accept-encoding",
    timeoutMs: () => connectTimeoutMs(headerOf(request, "connect-timeout-ms")),
    async end(failure) {
      const end = JSON.stringify(failure === undefined ? {} : { error: errorJsonOf(failure) });
      await sendEnd(response, envelop(END_STREAM, Buffer.from(end)), limits.stallMs);
    },
  });
}
