import { DomainError } from "@shopmesh/kernel";
import type { Shown } from "../credentials.ts";

/** Whoever holds streams open. */
export type Holder = {
  readonly shown: Shown;
  readonly address: string;
};

/** Streams that carry topics, and what stands behind the gateway: their topics, and live RPCs that are called by themselves. */
export type Held = { readonly streams: number; readonly topics: number };

/** How much may be held open in this process, and by whom. */
export type StreamLimits = {
  /** Counts it in; the function returned, called once, counts it out. Throws TOO_MANY_STREAMS, TOO_MANY_TOPICS. */
  enter(holder: Holder, asked: Held): () => void;
};

/** What the limits are. */
export type StreamLimitsOptions = {
  /** Streams of everybody together. */
  readonly total: number;
  readonly ofPerson: Held;
  readonly ofAddress: Held;
};

/**
 * A person whom auth names is counted by name. Everybody else is counted with all others at the address: whoever invents
 * guests' tokens or cookies is still there.
 */
export function createStreamLimits({ total, ofPerson, ofAddress }: StreamLimitsOptions): StreamLimits {
  const holders = new Map<string, Held>();
  let all = 0;
  return {
    enter({ shown, address }, asked) {
      const key = shown.person ?? address;
      const most = shown.person === undefined ? ofAddress : ofPerson;
      const { streams, topics } = sum(holders.get(key) ?? nothing, asked);
      if (asked.streams > 0 && all + asked.streams > total) throw tooMany("STREAMS", total);
      if (streams > most.streams) throw tooMany("STREAMS", most.streams);
      if (topics > most.topics) throw tooMany("TOPICS", most.topics);
      all += asked.streams;
      holders.set(key, { streams, topics });
      return () => {
        all -= asked.streams;
        const left = sum(holders.get(key) ?? nothing, { streams: -asked.streams, topics: -asked.topics });
        if (left.topics > 0) holders.set(key, left);
        else holders.delete(key);
      };
    },
  };
}

const nothing: Held = { streams: 0, topics: 0 };

function sum(one: Held, other: Held): Held {
  return { streams: one.streams + other.streams, topics: one.topics + other.topics };
}

function tooMany(what: "STREAMS" | "TOPICS", limit: number): DomainError {
  return new DomainError("exhausted", `TOO_MANY_${what}`, { limit: String(limit) });
}
