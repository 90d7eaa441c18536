import type { DescMethod } from "@bufbuild/protobuf";
import { Idempotency } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import type { Clock } from "@shopmesh/kernel";
import { contractOf } from "../contract.ts";
import type { Database } from "../database/database.ts";
import { atomic } from "../idempotency/atomic.ts";
import { createRequestKey } from "../idempotency/request-key.ts";
import { createResponseCodec } from "../idempotency/response-codec.ts";
import { resumable } from "../idempotency/resumable.ts";
import type { Interceptor } from "./interceptor.ts";

/** What keeps answers. */
export type IdempotencyOptions = {
  readonly database: Database | undefined;
  readonly clock: Clock;
  /** 32 bytes, the same in every replica: seals sensitive answers, keys the hashes of requests. */
  readonly sealKey: Uint8Array;
  /** Real epoch ms, for leases. Default Date.now. */
  readonly realTime?: Clock;
};

/**
 * Keeps a repeated call of `method` from a second effect, as its contract declares; undefined where it declares nothing to
 * keep. Throws at start where the service has no database, or the request no `request_id`.
 */
export function idempotencyInterceptor(method: DescMethod, options: IdempotencyOptions): Interceptor | undefined {
  const { idempotency, isReadOnly, path } = contractOf(method);
  const mode = modes.get(idempotency);
  if (mode === undefined || isReadOnly || method.methodKind !== "unary") return undefined;
  const { database, clock, sealKey, realTime = Date.now } = options;
  if (database === undefined) throw new Error(`${path} declares idempotency, and its service has no database`);
  const key = createRequestKey(method, sealKey);
  return mode({
    database,
    clock,
    realTime,
    key,
    codec: createResponseCodec(method.output, sealKey),
  });
}

const modes: ReadonlyMap<Idempotency, typeof atomic> = new Map([
  [Idempotency.ATOMIC, atomic],
  [Idempotency.RESUMABLE, resumable],
]);
