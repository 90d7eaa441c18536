import type { Message } from "@bufbuild/protobuf";
import type { Call } from "../call.ts";

/** What answers a call: the handler, or an interceptor around it. */
export type Next = (request: Message, call: Call) => Promise<Message | AsyncIterable<Message>>;

/** Wraps what answers; made once per method, so that a method pays only for what its contract asks. */
export type Interceptor = (next: Next) => Next;
