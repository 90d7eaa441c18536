import type { OutgoingHttpHeaders } from "node:http";
import type { Status } from "../../status.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";

/** What one call may cost its server. */
export type CallLimits = {
  /** A message, before and after decompression. */
  readonly maxMessageBytes: number;
  /** From a request's head to the last byte of its message. */
  readonly bodyTimeoutMs: number;
  /** A client that reads nothing for so long is cut off. */
  readonly stallMs: number;
};

/** One call as HTTP brought it. */
export type WireCall = {
  /** Whether a stranger may ask. */
  readonly isPublic: boolean;
  /** How long anybody may give again what a stranger was told, in seconds. */
  readonly maxAgeS: number;
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  /** What goes out with the head; filled until the first message is sent. */
  readonly headers: OutgoingHttpHeaders;
  readonly limits: CallLimits;
};

/** One call in one protocol. Whatever is wrong with it is thrown as DomainError. */
export type Wire = {
  /** Protobuf's binary form; else its JSON form. */
  readonly isBinary: boolean;
  /** What the caller waits for at most, in ms; undefined where it did not say. Throws TIMEOUT_MALFORMED. */
  timeoutMs(): number | undefined;
  /** The one message of the request. */
  readOne(): Promise<Uint8Array>;
  /** The messages of the request as they come, for a method whose client streams. */
  readMany(): AsyncIterable<Uint8Array>;
  /** Sends a message; resolves when there is room for another. */
  send(message: Uint8Array): Promise<void>;
  /** Ends the answer, well or with what ended it. */
  end(failure?: Status): Promise<void>;
};
