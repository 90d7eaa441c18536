export { backoffMs } from "./backoff.ts";
export type { Cache, CacheCodec, CacheLifetime, Versioned } from "./cache.ts";
export { type Actor, type Call, personIdOf, principalOf, type Role } from "./call.ts";
export { checked, type Environment, flag, integer, key, readConfig, text, url } from "./config.ts";
export {
  type Consumer,
  type MessageMeta,
  on,
  onEach,
  type Reaction,
  type TaskWorker,
  worker,
} from "./consumer.ts";
export { contractOf, isOpenAtEdge, isPublic, type MethodContract, ownerOf } from "./contract.ts";
export { isNewestRun, type RunToBegin } from "./events/inbox.ts";
export { failpoint } from "./failpoint.ts";
export {
  type Client,
  type Handlers,
  type Implementation,
  implement,
  type Origin,
} from "./handler.ts";
export { ACTOR_TOKEN_TTL_MS, signActorToken } from "./identity/actor.ts";
export { callerToken } from "./identity/caller.ts";
export { type Host, startHost } from "./host/host.ts";
export { openClient, openOrigin } from "./open-client.ts";
export { certificateFilesOf, listenAddressOf, readSettings, targetOf } from "./host/settings.ts";
export { identityOf } from "./identity/peer.ts";
export { requireValid } from "./interceptors/validation.ts";
export { isAsyncIterable } from "./iterable.ts";
export { type Kept, keep } from "./kept.ts";
export type { FollowOptions, Live } from "./live.ts";
export type { Log, LogFields } from "./log.ts";
export { cutPage, idPart, numberPart, type Page, type PagedList, readPage, textPart } from "./paging.ts";
export type {
  Outcome,
  SagaDriver,
  SagaLogEntry,
  SagaPlan,
  SagaProgress,
  SagaStage,
  SagaStep,
  StepAttempt,
} from "./saga/plan.ts";
export {
  defineService,
  type DoorKeeper,
  type Effect,
  type FindOwner,
  type Owner,
  type Schedule,
  type ServiceContext,
  type ServiceDefinition,
  type ServiceParts,
} from "./service.ts";
export { type ReadMany, readTogether } from "./read-together.ts";
export { newRequestId } from "./request-id.ts";
export { assignmentsOf, type Sql, type SqlValue, type SqlValues, type Tx } from "./sql.ts";
export { statusMessageOf, statusOf } from "./status.ts";
export type { Storage, UploadGrant } from "./storage.ts";
export { observeGauge } from "./telemetry/metrics.ts";
export { createReflection } from "./reflection/answer.ts";
export { draining, methodUnknown } from "./transport/refusals.ts";
export { readBody } from "./transport/connect/body.ts";
export { errorJsonOf, httpStatusOf } from "./transport/connect/error-json.ts";
export {
  headerOf,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  requestTargetOf,
} from "./transport/connect/http.ts";
export { sendEnd, sendHead } from "./transport/connect/send.ts";
export { createConnectHandler, type Duplex } from "./transport/connect/server.ts";
export type { CallLimits } from "./transport/connect/wire.ts";
export type { EdgeLimits } from "./transport/connect/edge-limits.ts";
export { type EdgeServer, listenEdge } from "./transport/connect/listen.ts";
export { type Dispatch, headerNames, type Incoming } from "./transport/transport.ts";
export { withServerSpan, withServerStreamSpan } from "./telemetry/spans.ts";
export { overloaded } from "./load/shed.ts";
export { createThrottle, type Throttle } from "./load/throttle.ts";
export type { RateLimit, Standing } from "./rate-limits/rate-limit.ts";
export { openRateLimits, type RateLimits } from "./rate-limits/rate-limits.ts";
export { timeField } from "./time-field.ts";
