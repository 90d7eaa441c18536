import type { Status } from "../../status.ts";
import { encodingOf, takesGzip } from "./compression.ts";
import { envelopFor, readMessages, readOnlyMessage } from "./envelope.ts";
import { headerOf } from "./http.ts";
import { sendBytes, sendHead } from "./send.ts";
import type { Wire, WireCall } from "./wire.ts";

/** What protocols of enveloped messages differ in. */
export type EnvelopedProtocol = {
  readonly contentType: string;
  /** The header that says how messages are compressed, and the one that says what their reader takes. */
  readonly encodingHeader: string;
  readonly acceptHeader: string;
  readonly timeoutMs: () => number | undefined;
  /** Writes how it ended; the head is out by then. */
  readonly end: (failure: Status | undefined) => Promise<void>;
};

/** A wire whose messages each stand in an envelope, and whose head is 200 whatever the end. */
export function envelopedWire(call: WireCall, isBinary: boolean, protocol: EnvelopedProtocol): Wire {
  const { request, response, headers, limits } = call;
  const { contentType, encodingHeader, acceptHeader, timeoutMs } = protocol;
  const accepted = headerOf(request, acceptHeader);
  const encoding = () => encodingOf(headerOf(request, encodingHeader));
  const begin = (): void => {
    if (response.headersSent) return;
    sendHead(response, 200, {
      ...headers,
      "content-type": contentType,
      ...(takesGzip(accepted) ? { [encodingHeader]: "gzip" } : {}),
    });
  };
  return {
    isBinary,
    timeoutMs,
    readOne: async () => readOnlyMessage(request, encoding(), limits),
    readMany: () => readMessages(request, encoding(), limits),
    async send(message) {
      begin();
      await sendBytes(response, await envelopFor(accepted, message), limits.stallMs);
    },
    async end(failure) {
      begin();
      await protocol.end(failure);
    },
  };
}
