import { JetStreamApiError, type StreamConfig, type StreamInfo } from "@nats-io/jetstream";
import { nanos } from "nats";
import type { Nats } from "./nats.ts";

/** A stream as every side of it declares it: owner, relay and readers make the same one. */
export type StreamSpec = {
  readonly name: string;
  readonly subjects: string;
  readonly kind: "events" | "tasks";
  /** The service that owns the events, or receives the tasks. */
  readonly owner: string;
};

/** A stream as it stands, and when it was made: real time, by NATS's clock. */
export type StandingStream = { readonly info: StreamInfo; readonly createdMs: number };

const EVENTS_KEPT_MS = 7 * 24 * 3_600_000;
const DUPLICATES_MS = 120_000;
// NATS's own numbers (errors.json): no such stream, no such consumer, the stream's name is taken by another configuration.
const MISSING: ReadonlySet<number> = new Set([10_059, 10_014]);
const STREAM_EXISTS_OTHERWISE = 10_058;

/** Whether NATS says that there is no such stream or consumer. */
export function isMissing(error: unknown): boolean {
  return error instanceof JetStreamApiError && MISSING.has(error.code);
}

/** The stream that holds the events of `owner`. */
export function eventStream(region: string, owner: string): StreamSpec {
  return {
    name: `${prefix(region)}-${owner}-events`,
    subjects: `shop.${owner}.v1.>`,
    kind: "events",
    owner,
  };
}

/** The stream that holds the work waiting for `receiver`. */
export function taskStream(region: string, receiver: string): StreamSpec {
  return {
    name: `${prefix(region)}-${receiver}-tasks`,
    subjects: `tasks.${receiver}.>`,
    kind: "tasks",
    owner: receiver,
  };
}

/** The stream that takes messages of `subject`. */
export function streamOf(region: string, subject: string): StreamSpec {
  const [root, noun] = subject.split(".");
  if (noun === undefined || (root !== "shop" && root !== "tasks")) throw new TypeError(`no stream takes ${subject}`);
  return root === "shop" ? eventStream(region, noun) : taskStream(region, noun);
}

/** Makes the stream, or makes it what it should be; nothing where it is so already. */
export async function ensureStream(nats: Nats, spec: StreamSpec): Promise<StandingStream> {
  const config = configOf(spec);
  const { manager, replicas } = nats;
  const { streams } = manager;
  const info = await streams.info(spec.name).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (info !== undefined) {
    const wanted = { ...config, num_replicas: Math.max(info.config.num_replicas, replicas) };
    return standing(differs(info.config, wanted) ? await streams.update(spec.name, wanted) : info);
  }
  try {
    return standing(await streams.add({ ...config, num_replicas: replicas }));
  } catch (error) {
    // Another process made it meanwhile, perhaps of another version.
    if (error instanceof JetStreamApiError && error.code === STREAM_EXISTS_OTHERWISE)
      return standing(await streams.info(spec.name));
    throw error;
  }
}

/** The stream as it stands, or undefined where there is none. */
export async function findStream(nats: Nats, name: string): Promise<StandingStream | undefined> {
  try {
    return standing(await nats.manager.streams.info(name));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function standing(info: StreamInfo): StandingStream {
  return { info, createdMs: Date.parse(info.created) };
}

// Replicas are only ever raised: what `nats stream edit` did besides is not taken back.
function configOf({ name, subjects, kind }: StreamSpec): Partial<StreamConfig> & { name: string } {
  return {
    name,
    subjects: [subjects],
    storage: "file",
    retention: kind === "events" ? "limits" : "workqueue",
    discard: "old",
    max_age: kind === "events" ? nanos(EVENTS_KEPT_MS) : 0,
    duplicate_window: nanos(DUPLICATES_MS),
  };
}

function differs(present: StreamConfig, wanted: Partial<StreamConfig>): boolean {
  return (
    present.num_replicas !== wanted.num_replicas ||
    present.max_age !== wanted.max_age ||
    present.duplicate_window !== wanted.duplicate_window ||
    present.subjects.join() !== wanted.subjects?.join()
  );
}

// Names of streams become parts of subjects, where a dot would separate.
function prefix(region: string): string {
  return region.toUpperCase().replaceAll(/[^A-Z0-9_-]/g, "_");
}
