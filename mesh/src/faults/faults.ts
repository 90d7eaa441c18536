import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import type { KV, KvEntry } from "@nats-io/kv";
import { type Fault, FaultSchema } from "@shopmesh/contracts/shop/mesh/v1/fault_service_pb.ts";
import { type MethodContract, ownerOf } from "../contract.ts";
import { followBucket } from "../events/bucket.ts";
import type { Nats } from "../events/nats.ts";
import type { Log } from "../log.ts";

/** The faults that a whole running mesh shares, in development. */
export type Faults = {
  /** The faults that hit this call, on its way out (`client`) or at its arrival (`server`). Each that is counted is used up by one. */
  hitting(contract: MethodContract, side: Side): Promise<readonly Fault[]>;
  /** Whether there are any faults: none cost nothing. */
  isQuiet(): boolean;
  /** Tells every process; resolves when NATS has it. */
  set(fault: Fault): Promise<void>;
  /** The faults of a service that can still strike, by name. */
  list(service: string): readonly Fault[];
  /** Takes these away, or all of the service where none are named; how many there were. */
  clear(service: string, names: readonly string[]): Promise<number>;
  stop(): Promise<void>;
};

export type Side = "client" | "server";

/** What the faults stand on; `random` in [0, 1). */
export type FaultsOptions = { readonly nats: Nats; readonly log: Log; readonly random?: () => number };

const BUCKET = "shopmesh_faults";
const MAX_ATTEMPTS = 50;
/** What every service answers is never hit: by it faults are taken away. */
const SPARED = "mesh";

/** Follows the shared faults, over reconnects and lost stores. */
export function followFaults({ nats, log, random = Math.random }: FaultsOptions): Faults {
  const known = new Map<string, Fault>();

  const bucket = followBucket({
    nats,
    log,
    name: BUCKET,
    onEntry: (entry) => learn(known, entry),
    onFollowed: (store) => restore(known, store),
  });

  async function hits(key: string, fault: Fault): Promise<boolean> {
    if (random() * 100 >= fault.percent) return false;
    if (fault.remainingCount === 0) return true;
    // What cannot be counted strikes nobody.
    return bucket
      .store()
      .then((store) => useUp(store, key))
      .catch(() => false);
  }

  return {
    isQuiet: () => known.size === 0,
    async hitting(contract, side) {
      const found: Fault[] = [];
      for (const [key, fault] of known) {
        if (isAlive(fault) && isOfSide(fault, side) && fits(fault, contract) && (await hits(key, fault))) {
          found.push(fault);
        }
      }
      return found;
    },
    async set(fault) {
      const store = await bucket.store();
      await store.put(keyOf(fault), toBinary(FaultSchema, fault));
      known.set(keyOf(fault), fault);
    },
    list: (service) =>
      [...known.values()]
        .filter((fault) => fault.service === service && isAlive(fault))
        .sort((left, right) => (left.name < right.name ? -1 : 1)),
    async clear(service, names) {
      const store = await bucket.store();
      const chosen = [...known.values()].filter(
        (fault) => fault.service === service && (names.length === 0 || names.includes(fault.name)),
      );
      for (const fault of chosen) {
        await store.delete(keyOf(fault));
        known.delete(keyOf(fault));
      }
      return chosen.filter(isAlive).length;
    },
    stop: bucket.stop,
  };
}

function learn(known: Map<string, Fault>, { key, operation, value }: KvEntry): void {
  if (operation === "PUT") known.set(key, fromBinary(FaultSchema, value));
  else known.delete(key);
}

/** A store that was lost gets back what we know. */
async function restore(known: ReadonlyMap<string, Fault>, store: KV): Promise<void> {
  for (const [key, fault] of known) {
    if (isAlive(fault) && (await store.get(key)) === null) await store.put(key, toBinary(FaultSchema, fault));
  }
}

/** Counts a fault down by one, for all processes; false where it was used up. */
async function useUp(store: KV, key: string): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const entry = await store.get(key);
    if (entry === null || entry.operation !== "PUT") return false;
    const fault = fromBinary(FaultSchema, entry.value);
    try {
      if (fault.remainingCount === 1) await store.delete(key, { previousSeq: entry.revision });
      else {
        const used = create(FaultSchema, { ...fault, remainingCount: fault.remainingCount - 1 });
        await store.update(key, toBinary(FaultSchema, used), entry.revision);
      }
      return true;
    } catch (error) {
      const isRaced = error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamWrongLastSequence;
      if (!isRaced || attempt >= MAX_ATTEMPTS) throw error;
    }
  }
}

function keyOf({ service, name }: Pick<Fault, "service" | "name">): string {
  return `${service}.${name}`;
}

function isAlive({ expireTime }: Fault): boolean {
  return expireTime === undefined || timestampMs(expireTime) > Date.now();
}

function isOfSide({ effect }: Fault, side: Side): boolean {
  return (effect.case === "unreachable") === (side === "client");
}

function fits({ service, method }: Fault, { path, method: { parent } }: MethodContract): boolean {
  const owner = ownerOf(parent);
  if (owner !== service || owner === SPARED) return false;
  return method === "" || path === `/${method}` || parent.typeName === method;
}
