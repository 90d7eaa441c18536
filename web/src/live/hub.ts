import { toBinary } from "@bufbuild/protobuf";
import { StatusSchema } from "@shopmesh/contracts/google/rpc/status_pb.ts";
import { TopicState, type WatchResponse } from "@shopmesh/contracts/shop/mesh/v1/live_service_pb.ts";
import type { FromHub, LiveTopic, ToHub } from "./words.ts";

/** Follows what all tabs of a browser want over one stream. */
export type Hub = {
  /** Takes a tab in; `tell` reaches it. */
  join(tell: (word: FromHub) => void): Member;
};

/** A tab, as the hub knows it. */
export type Member = {
  hear(word: ToHub): void;
  leave(): void;
};

/** A topic on its way to the gateway. */
export type SentTopic = LiveTopic & { readonly id: string };

/** What a hub needs of the world. */
export type HubDeps = {
  /** Opens the one stream. */
  readonly open: (topics: readonly SentTopic[], signal: AbortSignal) => AsyncIterable<WatchResponse>;
  /** How long to wait after so many failures in a row. */
  readonly pauseMs: (failures: number) => number;
  /** Resolves when whoever holds that lock is gone. */
  readonly whenFree: (lock: string) => Promise<void>;
};

/** Who comes is waited for a moment: a page that opens follows several topics at once. */
const GATHER_MS = 30;
/** Who leaves is often followed by somebody who comes. */
const LINGER_MS = 2_000;
/** The shop says something every 15 s; a connection that is silent for longer is dead, whatever the socket thinks. */
const SILENCE_MS = 40_000;

type Listener = { readonly tell: (word: FromHub) => void; readonly id: number };
type Followed = {
  readonly id: string;
  readonly topic: LiveTopic;
  readonly listeners: Set<Listener>;
  cursor: string;
  isLive: boolean;
  /** A state's newest message, for tabs that come later. */
  last: Uint8Array | undefined;
};

/** A hub with no tab yet: it opens nothing before somebody follows something. */
export function createHub(deps: HubDeps): Hub {
  const all = new Map<string, Followed>();
  const stream = createStream(all, deps);
  const { follow, unfollow } = createSharing(all, stream.change);
  return {
    join(tell) {
      const own = new Map<number, () => void>();
      const end = (id: number) => {
        own.get(id)?.();
        own.delete(id);
      };
      const leave = () => [...own.keys()].forEach(end);
      return {
        leave,
        hear(word) {
          if (word.kind === "hello") void deps.whenFree(word.lock).then(leave);
          if (word.kind === "follow") {
            end(word.id);
            const listener = { tell, id: word.id };
            const followed = follow(listener, word.topic);
            own.set(word.id, () => unfollow(listener, followed));
          }
          if (word.kind === "leave") end(word.id);
          if (word.kind === "renew") stream.change(GATHER_MS);
          if (word.kind === "bye") leave();
        },
      };
    },
  };
}

/** Who listens to what: a state has one place in the stream for all that want it, a log one for each. */
function createSharing(all: Map<string, Followed>, change: (ms: number) => void) {
  let count = 0;
  return {
    follow(listener: Listener, topic: LiveTopic): Followed {
      count += 1;
      // Only a state can be joined later: its last message says all.
      const key = topic.isState ? keyOf(topic) : `${count}`;
      const known = all.get(key);
      if (known !== undefined) {
        known.listeners.add(listener);
        const { last, cursor, isLive } = known;
        if (last !== undefined) listener.tell({ kind: "message", id: listener.id, cursor, response: last });
        listener.tell({ kind: "flow", id: listener.id, isLive });
        return known;
      }
      const { cursor } = topic;
      const listeners = new Set([listener]);
      const followed: Followed = { id: `${count}`, topic, listeners, cursor, isLive: false, last: undefined };
      all.set(key, followed);
      change(GATHER_MS);
      return followed;
    },
    unfollow(listener: Listener, followed: Followed): void {
      followed.listeners.delete(listener);
      if (followed.listeners.size > 0) return;
      for (const [key, other] of all) if (other === followed) all.delete(key);
      change(LINGER_MS);
    },
  };
}

/** The one stream: open while anything is followed, opened anew when that changes, and after a pause when it breaks. */
function createStream(all: Map<string, Followed>, { open, pauseMs }: HubDeps) {
  let isRunning = false;
  let isChanged = false;
  let changeAt = Number.POSITIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let proceed = (): void => {};
  let connection = new AbortController();

  async function run(): Promise<void> {
    isRunning = true;
    for (let failures = 0; all.size > 0; ) {
      isChanged = false;
      connection = new AbortController();
      const silence = watchSilence(connection);
      const topics = [...all.values()];
      try {
        for await (const response of open(topics.map(sent), connection.signal)) {
          silence.heard();
          failures = 0;
          hear(all, topics, response);
        }
      } catch {
        // Whatever ended it, it is opened again: from the cursors, after a pause.
      }
      silence.end();
      if (isChanged) continue;
      for (const followed of all.values()) setLive(followed, false);
      if (all.size > 0) await pause(pauseMs(failures));
      failures += 1;
    }
    isRunning = false;
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const over = setTimeout(resolve, ms);
      proceed = () => {
        clearTimeout(over);
        resolve();
      };
    });
  }

  return {
    /** What is followed has changed: the stream is opened anew in `ms`, unless that is due sooner anyway. */
    change(ms: number): void {
      const at = performance.now() + ms;
      if (at >= changeAt) return;
      changeAt = at;
      clearTimeout(timer);
      timer = setTimeout(() => {
        changeAt = Number.POSITIVE_INFINITY;
        isChanged = true;
        connection.abort();
        proceed();
        if (!isRunning) void run();
      }, ms);
    },
  };
}

function sent({ id, topic, cursor }: Followed): SentTopic {
  return { ...topic, id, cursor };
}

/** Tells the tabs what the gateway told. */
function hear(all: Map<string, Followed>, topics: readonly Followed[], { event }: WatchResponse): void {
  if (event.case === undefined) return;
  const { topicId } = event.value;
  const followed = topics.find(({ id }) => id === topicId);
  if (followed === undefined) return;
  if (event.case === "message") {
    const { cursor, response } = event.value;
    if (response === undefined) return;
    followed.cursor = cursor;
    if (followed.topic.isState) followed.last = response.value;
    tell(followed, ({ id }) => ({ kind: "message", id, cursor, response: response.value }));
    return;
  }
  const { state, error } = event.value;
  if (state !== TopicState.ENDED) return setLive(followed, state === TopicState.LIVE);
  for (const [key, other] of all) if (other === followed) all.delete(key);
  const status = error === undefined ? undefined : toBinary(StatusSchema, error);
  tell(followed, ({ id }) => ({ kind: "ended", id, error: status }));
}

function setLive(followed: Followed, isLive: boolean): void {
  if (followed.isLive === isLive) return;
  followed.isLive = isLive;
  tell(followed, ({ id }) => ({ kind: "flow", id, isLive }));
}

function tell({ listeners }: Followed, word: (listener: Listener) => FromHub): void {
  for (const listener of listeners) listener.tell(word(listener));
}

function keyOf({ method, request, accessToken }: LiveTopic): string {
  return [method, request.join(), accessToken].join(" ");
}

/** Ends a connection that says nothing for too long. */
function watchSilence(connection: AbortController): { heard(): void; end(): void } {
  const end = (): void => connection.abort();
  let timer = setTimeout(end, SILENCE_MS);
  return {
    heard() {
      clearTimeout(timer);
      timer = setTimeout(end, SILENCE_MS);
    },
    end() {
      clearTimeout(timer);
      end();
    },
  };
}
