import type { DescMethod, Message } from "@bufbuild/protobuf";
import type { RequestHeaders, ResponseHeaders } from "../call.ts";
import type { MethodContract } from "../contract.ts";

/** A call as a server's transport received it. */
export type Incoming = {
  readonly request: Message;
  readonly headers: RequestHeaders;
  readonly responseHeaders: ResponseHeaders;
  /** The services that the certificate of the connection names; absent without TLS. */
  readonly peer?: readonly string[] | undefined;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** Epoch ms of real time; Infinity where the client set none. */
  readonly deadlineMs: number;
};

/** Answers a call: the response, or the messages of a server stream. Throws only DomainError. */
export type Dispatch = (method: DescMethod, incoming: Incoming) => Promise<Message | AsyncIterable<Message>>;

/** A call on its way out. */
export type Outgoing = {
  /** Lower-case names, ASCII values. */
  readonly headers: Readonly<Record<string, string>>;
  /** Epoch ms of real time; Infinity for none. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
};

/** A way to reach one service. Throws only DomainError, made here from the status: never the server's own object. */
export type Transport = {
  /** The service answers in this process. */
  readonly isLocal?: true;
  unary(contract: MethodContract, request: Message, outgoing: Outgoing): Promise<Message>;
  stream(contract: MethodContract, request: Message, outgoing: Outgoing): AsyncIterable<Message>;
  close(): void;
};

/** The names of the mesh's own headers. */
export const headerNames = {
  actor: "authorization",
  caller: "x-mesh-caller",
  requestId: "x-request-id",
  /** What the person at the far end uses: gRPC's own user-agent names the last hop. */
  userAgent: "x-user-agent",
  region: "x-mesh-region",
  /** What a call is part of, where that matters more or less than the call itself. */
  criticality: "x-mesh-criticality",
  /** The client's address as the gateway saw it. */
  clientAddress: "x-mesh-client-address",
} as const;

/** Messages above this are refused, in and out, on every transport. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
