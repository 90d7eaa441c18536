import { timingSafeEqual } from "node:crypto";
import type { Message } from "@bufbuild/protobuf";
import { type Clock, DomainError } from "@shopmesh/kernel";
import type { Call } from "../call.ts";
import type { Database } from "../database/database.ts";
import type { RequestKey } from "./request-key.ts";
import type { ResponseCodec } from "./response-codec.ts";
import { findAnswer, type NewAnswer, type StoredAnswer } from "./store.ts";

/** What both modes work with; made once per method. */
export type IdempotencyDeps = {
  readonly database: Database;
  /** The mesh's clock: how old a row is. */
  readonly clock: Clock;
  /** Real time: how long a lease runs, as deadlines do. */
  readonly realTime: Clock;
  readonly key: RequestKey;
  readonly codec: ResponseCodec;
};

/** One request under its key. */
export type KeyedRequest = NewAnswer & {
  /** The kept answer, undefined where nothing is kept. Throws REQUEST_ID_REUSED, and REQUEST_RUNNING while its lease runs. */
  readonly findKept: () => Promise<Message | undefined>;
  readonly encode: (response: Message) => Uint8Array;
};

/** `request` under its key; undefined where the caller gave none. */
export function keyedRequest(request: Message, call: Call, deps: IdempotencyDeps): KeyedRequest | undefined {
  const requestId = deps.key.requestIdOf(request);
  if (requestId === "") return undefined;
  const scope = deps.key.scopeOf(call.actor, call.caller, requestId);
  const requestHash = deps.key.hashOf(request);

  async function findKept(): Promise<Message | undefined> {
    const stored = await findAnswer(deps.database.sql, scope);
    if (stored === undefined) return undefined;
    refuseReuse(stored, requestHash);
    if (stored.response !== undefined) return deps.codec.decode(stored.response, scope);
    if (stored.leaseUntilMs > deps.realTime()) throw new DomainError("aborted", "REQUEST_RUNNING");
    return undefined;
  }

  return {
    scope,
    requestHash,
    createMs: deps.clock(),
    findKept,
    encode: (response) => deps.codec.encode(response, scope),
  };
}

/** `call` with other transactions; what it computes when asked stays so. */
export function withTransaction(call: Call, transaction: Call["transaction"], isInTransaction: () => boolean): Call {
  return Object.defineProperties({} as Call, {
    ...Object.getOwnPropertyDescriptors(call),
    transaction: { value: transaction, enumerable: true },
    isInTransaction: { get: isInTransaction, enumerable: true },
  });
}

function refuseReuse(stored: StoredAnswer, requestHash: Uint8Array): void {
  if (timingSafeEqual(stored.requestHash, requestHash)) return;
  throw new DomainError(
    "invalid",
    "REQUEST_ID_REUSED",
    {},
    {
      violations: [
        {
          field: "request_id",
          description: "was used with another request",
          rule: "request_id.reused",
        },
      ],
    },
  );
}
