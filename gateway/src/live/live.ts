import { create, type DescService, type Message } from "@bufbuild/protobuf";
import {
  type Topic,
  TopicState,
  type WatchRequest,
  WatchRequestSchema,
  type WatchResponse,
  WatchResponseSchema,
} from "@shopmesh/contracts/shop/mesh/v1/live_service_pb.ts";
import { DomainError, isRefusal } from "@shopmesh/kernel";
import {
  ACTOR_TOKEN_TTL_MS,
  draining,
  headerNames,
  type Incoming,
  requireValid,
  statusMessageOf,
  statusOf,
} from "@shopmesh/mesh";
import type { Log, Origin, ServiceContext } from "@shopmesh/mesh";
import type { FindAnswerer } from "../contracts.ts";
import type { Credentials, Shown } from "../credentials.ts";
import { type Limits, rateLimited, rateLimitFields } from "../limits.ts";
import { toldOutside } from "../unanswered.ts";
import { followTopic, type TopicEvent } from "./follow.ts";
import type { StreamLimits } from "./limits.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import { createTopicReader, type ReadTopic, type TopicCall } from "./topic.ts";

/** What carrying live streams needs. */
export type LiveDeps = {
  readonly contracts: readonly DescService[];
  readonly send: ServiceContext["forward"];
  readonly answererOf: FindAnswerer;
  readonly credentials: Credentials;
  readonly limits: StreamLimits;
  readonly rates: Limits;
  readonly log: Log;
  /** Default 15 s. */
  readonly heartbeatMs?: number;
  /** How long one actor token carries a topic; default a little less than it lives. */
  readonly renewMs?: number;
};

/** Whoever opens a stream. */
export type Watcher = {
  readonly incoming: Incoming;
  readonly origin: Origin;
  /** Whoever shows a cookie that has ended is a stranger. */
  readonly shown: Shown;
};

/** Answers `LiveService.Watch` in this process. */
export type LiveStreams = {
  /** The stream's messages. Throws VALIDATION_FAILED, TOPIC_REPEATED, RATE_LIMITED, TOO_MANY_STREAMS, TOO_MANY_TOPICS, DRAINING. */
  watch(watcher: Watcher): AsyncIterable<Message>;
  /** How many streams and topics there are now. */
  count(): { readonly streams: number; readonly topics: number };
  /** Ends every stream DRAINING, and takes no more. */
  drain(): void;
};

const HEARTBEAT_MS = 15_000;
const RENEW_MS = ACTOR_TOKEN_TTL_MS * 0.8;

type Stream = { readonly outbox: Outbox<WatchResponse>; openTopics: number };
type Shared = LiveDeps & { readonly readTopic: ReadTopic };

/** Carries the topics of many streams; `deps` is all that it knows of the mesh. */
export function createLiveStreams(deps: LiveDeps): LiveStreams {
  const shared = { ...deps, readTopic: createTopicReader(deps.contracts) };
  const streams = new Set<Stream>();
  let isDraining = false;
  return {
    async *watch(watcher) {
      if (isDraining) throw draining();
      const { topics } = topicsOf(watcher.incoming.request);
      countTopics(topics.length, watcher, deps.rates);
      const holder = { shown: watcher.shown, address: addressOf(watcher) };
      const leave = deps.limits.enter(holder, { streams: 1, topics: topics.length });
      const stream: Stream = { outbox: createOutbox(), openTopics: topics.length };
      const gone = goneWith(watcher.incoming, stream.outbox);
      streams.add(stream);
      try {
        for (const topic of topics) void carry({ topic, watcher, stream, signal: gone.signal }, shared);
        yield* told(stream, deps.heartbeatMs ?? HEARTBEAT_MS, gone.signal, () => {
          if (isDraining) throw draining();
          if (Date.now() >= watcher.incoming.deadlineMs) throw new DomainError("deadline", "DEADLINE");
        });
      } finally {
        streams.delete(stream);
        gone.end();
        leave();
      }
    },
    count() {
      const topics = [...streams].reduce((sum, { openTopics }) => sum + openTopics, 0);
      return { streams: streams.size, topics };
    },
    drain() {
      isDraining = true;
      for (const { outbox } of streams) outbox.wake();
    },
  };
}

function topicsOf(request: Message): WatchRequest {
  requireValid(WatchRequestSchema, request);
  const asked = request as WatchRequest;
  const ids = asked.topics.map(({ id }) => id);
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) throw new DomainError("invalid", "TOPIC_REPEATED", { topic_id: repeated });
  return asked;
}

/** Each topic costs as much as a request: of the first one the door has counted it. Throws RATE_LIMITED. */
function countTopics(count: number, watcher: Watcher, rates: Limits): void {
  for (let topic = 1; topic < count; topic += 1) {
    const verdict = rates.countRequest(addressOf(watcher), false);
    if (!verdict.standing.isOver) continue;
    const { policy, state } = rateLimitFields(verdict);
    watcher.incoming.responseHeaders.set("ratelimit-policy", policy);
    watcher.incoming.responseHeaders.set("ratelimit", state);
    throw rateLimited(verdict);
  }
}

function addressOf({ origin: { clientAddress = "" } }: Watcher): string {
  return clientAddress;
}

/** Aborts when the client is gone or the stream ends, whichever is first; then nothing waits any more. */
function goneWith({ signal: client, deadlineMs }: Incoming, outbox: Outbox<WatchResponse>) {
  const gone = new AbortController();
  const timer = deadlineMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(outbox.wake, deadlineMs - Date.now());
  const end = (): void => {
    clearTimeout(timer);
    client.removeEventListener("abort", end);
    gone.abort();
    outbox.close();
    outbox.wake();
  };
  client.addEventListener("abort", end);
  if (client.aborted) end();
  return { signal: gone.signal, end };
}

/** What is told on one stream: at once that it is there, then what its topics put, and a heartbeat where they put nothing. */
async function* told(
  stream: Stream,
  heartbeatMs: number,
  signal: AbortSignal,
  throwIfOver: () => void,
): AsyncIterable<WatchResponse> {
  yield create(WatchResponseSchema);
  let beatMs = performance.now() + heartbeatMs;
  while (!signal.aborted) {
    throwIfOver();
    const response = stream.outbox.take();
    if (response !== undefined) {
      yield response;
      beatMs = performance.now() + heartbeatMs;
    } else if (stream.openTopics === 0) {
      return;
    } else if (performance.now() >= beatMs) {
      yield create(WatchResponseSchema);
      beatMs = performance.now() + heartbeatMs;
    } else {
      await stream.outbox.wait(beatMs - performance.now());
    }
  }
}

type Carried = {
  readonly topic: Topic;
  readonly watcher: Watcher;
  readonly stream: Stream;
  readonly signal: AbortSignal;
};

/** Carries one topic until it ends; whatever happens to it is told on the stream and ends nothing else. */
async function carry(carried: Carried, deps: Shared): Promise<void> {
  const { topic, stream, signal } = carried;
  const place = stream.outbox.place();
  const put = (event: TopicEvent) => place.put(responseOf(topic.id, event), event.kind === "message" && event.isWhole);
  try {
    const call = deps.readTopic(topic);
    await followTopic({
      topic: call,
      cursor: topic.cursor,
      authorise: authoriseOnce(carried, call, deps),
      open: (request, actorToken, ended) => open(call, { request, actorToken, signal: ended }, carried, deps),
      put,
      signal,
      renewMs: deps.renewMs ?? RENEW_MS,
    });
  } catch (error) {
    if (!isRefusal(error)) deps.log.error("a topic was not carried", { method: topic.method }, error);
    await put({ kind: "ended", error });
  } finally {
    stream.openTopics -= 1;
    stream.outbox.wake();
  }
}

/** The token of whoever opens the topic. The first time it is counted as a call of theirs, as its RPC would be; throws RATE_LIMITED. */
function authoriseOnce(carried: Carried, { contract }: TopicCall, deps: Shared): () => Promise<string> {
  let isCounted = false;
  return async () => {
    const { actorToken, principal } = await shownFor(carried, deps);
    if (!isCounted) await deps.rates.countCall(contract, { address: addressOf(carried.watcher), principal });
    isCounted = true;
    return actorToken;
  };
}

/** Whoever opens the topic: who its own access token names, or who opened the stream. */
async function shownFor({ topic, watcher }: Carried, { credentials }: Shared): Promise<Shown> {
  if (topic.accessToken === "" && watcher.shown.actorToken === "") return watcher.shown;
  return credentials.actor(headersOf(topic, watcher), watcher.origin);
}

function headersOf({ accessToken }: Topic, { incoming }: Watcher): Incoming["headers"] {
  if (accessToken === "") return incoming.headers;
  return { get: (name) => (name === headerNames.actor ? `Bearer ${accessToken}` : undefined) };
}

type Opening = { readonly request: Message; readonly actorToken: string; readonly signal: AbortSignal };

async function* open(
  { contract }: TopicCall,
  { request, actorToken, signal }: Opening,
  { topic, watcher }: Carried,
  deps: Shared,
): AsyncIterable<Message> {
  const name = deps.answererOf(contract.method.parent, request);
  // The stream may be bounded; its topics are then ended by its signal.
  const origin = { ...watcher.origin, actorToken, signal, deadlineMs: Number.POSITIVE_INFINITY };
  try {
    yield* deps.send(name, contract, request, origin) as AsyncIterable<Message>;
  } catch (error) {
    // The session ended after its exchange: whoever comes next asks anew.
    const isOver = isRefusal(error) && error.kind === "unauthenticated";
    if (isOver && actorToken !== "") deps.credentials.forget(headersOf(topic, watcher));
    throw error;
  }
}

const states = {
  live: TopicState.LIVE,
  interrupted: TopicState.INTERRUPTED,
  ended: TopicState.ENDED,
} as const;

function responseOf(topicId: string, event: TopicEvent): WatchResponse {
  if (event.kind === "message") {
    const { cursor, response } = event;
    return create(WatchResponseSchema, { event: { case: "message", value: { topicId, cursor, response } } });
  }
  const state = states[event.kind];
  if (event.kind === "live" || event.error === undefined) {
    return create(WatchResponseSchema, { event: { case: "status", value: { topicId, state } } });
  }
  const error = statusMessageOf(statusOf(toldOutside(event.error)));
  return create(WatchResponseSchema, { event: { case: "status", value: { topicId, state, error } } });
}
