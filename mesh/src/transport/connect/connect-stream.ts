import { encodingOf, takesGzip } from "./compression.ts";
import { envelop, envelopFor, readMessages, readOnlyMessage } from "./envelope.ts";
import { errorJsonOf } from "./error-json.ts";
import { headerOf } from "./http.ts";
import { sendBytes, sendEnd, sendHead } from "./send.ts";
import { connectTimeoutMs } from "./timeout.ts";
import type { Wire, WireCall } from "./wire.ts";

const END_STREAM = 0b10;

/** Connect's streams: enveloped messages, the last one JSON that says how it ended. */
export function connectStream(call: WireCall, isBinary: boolean): Wire {
  const { request, response, headers, limits } = call;
  const accepted = headerOf(request, "connect-accept-encoding");
  const encoding = () => encodingOf(headerOf(request, "connect-content-encoding"));
  const begin = (): void => {
    if (response.headersSent) return;
    sendHead(response, 200, {
      ...headers,
      "content-type": `application/connect+${isBinary ? "proto" : "json"}`,
      ...(takesGzip(accepted) ? { "connect-content-encoding": "gzip" } : {}),
    });
  };
  return {
    isBinary,
    timeoutMs: () => connectTimeoutMs(headerOf(request, "connect-timeout-ms")),
    readOne: async () => readOnlyMessage(request, encoding(), limits),
    readMany: () => readMessages(request, encoding(), limits),
    async send(message) {
      begin();
      await sendBytes(response, await envelopFor(accepted, message), limits.stallMs);
    },
    async end(failure) {
      begin();
      const end = JSON.stringify(failure === undefined ? {} : { error: errorJsonOf(failure) });
      await sendEnd(response, envelop(END_STREAM, Buffer.from(end)), limits.stallMs);
    },
  };
}
