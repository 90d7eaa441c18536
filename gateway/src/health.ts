import { once } from "node:events";
import { create, type DescService, type Message } from "@bufbuild/protobuf";
import {
  Health,
  type HealthCheckRequest,
  HealthCheckResponse_ServingStatus as Serving,
  HealthCheckResponseSchema,
} from "@shopmesh/contracts/grpc/health/v1/health_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Dispatch } from "@shopmesh/mesh";

/** Answers grpc.health.v1 for the door itself: it serves what it shows. */
export function answerHealth(contracts: readonly DescService[]): Dispatch {
  const names = new Set(["", Health.typeName, ...contracts.map(({ typeName }) => typeName)]);
  return async (method, { request, signal }) => {
    const { service } = request as HealthCheckRequest;
    if (!names.has(service)) throw new DomainError("not-found", "SERVICE_UNKNOWN", { service });
    const serving = create(HealthCheckResponseSchema, { status: Serving.SERVING });
    return method.methodKind === "unary" ? serving : watch(serving, signal);
  };
}

/** What changes is that the door closes, and the stream with it. */
async function* watch(serving: Message, signal: AbortSignal): AsyncIterable<Message> {
  yield serving;
  if (!signal.aborted) await once(signal, "abort");
}
