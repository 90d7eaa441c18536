import { setTimeout as pause } from "node:timers/promises";
import type { Database } from "./database.ts";
import type { Answer, Reply } from "./http.ts";

const restKinds = [
  "error",
  "slow",
  "timeoutBefore",
  "timeoutAfter",
  "resetBefore",
  "resetAfter",
  "webhookDuplicate",
  "webhookLate",
  "webhookOutOfOrder",
  "webhookForged",
  "webhookMissing",
] as const;
const carrierKinds = [...restKinds, "lostParcel", "lateScan"] as const;

/** What may go wrong at each provider. */
export const faultKinds = {
  stripe: restKinds,
  paypal: restKinds,
  fedex: carrierKinds,
  ups: carrierKinds,
  mail: ["error", "slow"],
  twilio: [...restKinds, "undelivered"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Provider = keyof typeof faultKinds;
export type FaultKind = (typeof faultKinds)[Provider][number];

export type Fault = {
  readonly id: number;
  readonly provider: Provider;
  readonly kind: FaultKind;
  /** Only this operation (or this event type, for webhooks); undefined means any. */
  readonly operation: string | undefined;
  /** How many more times it strikes. */
  readonly remaining: number;
  /** From 0 to 1: the part of the chances it takes, decided by a generator started from `seed`. */
  readonly probability: number;
  readonly seed: number;
  readonly delayMs: number | undefined;
  readonly status: number | undefined;
};

export type Faults = {
  readonly add: (fault: Omit<Fault, "id">) => Fault;
  readonly list: () => readonly Fault[];
  readonly remove: (id: number) => boolean;
  readonly clear: () => void;
  /** The first switched-on fault of these kinds that strikes now, one time less from now on. */
  readonly take: (provider: Provider, kinds: readonly FaultKind[], operation: string) => Fault | undefined;
};

type FaultRow = {
  readonly id: number;
  readonly provider: Provider;
  readonly kind: FaultKind;
  readonly operation: string | null;
  readonly remaining: number;
  readonly probability: number;
  readonly seed: number;
  readonly draws: number;
  readonly delay_ms: number | null;
  readonly status: number | null;
};

export function createFaults(database: Database): Faults {
  function rows(): readonly FaultRow[] {
    return database.all<FaultRow>("SELECT * FROM faults ORDER BY id");
  }

  function strikes(row: FaultRow): boolean {
    const isStruck = row.probability >= 1 || draw(row.seed + row.draws) < row.probability;
    const remaining = isStruck ? row.remaining - 1 : row.remaining;
    if (remaining === 0) database.run("DELETE FROM faults WHERE id = ?", row.id);
    else database.run("UPDATE faults SET remaining = ?, draws = draws + 1 WHERE id = ?", remaining, row.id);
    return isStruck;
  }

  return {
    add(fault) {
      const row = database.first<{ id: number }>(
        `INSERT INTO faults (provider, kind, operation, remaining, probability, seed, delay_ms, status)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
        fault.provider,
        fault.kind,
        fault.operation ?? null,
        fault.remaining,
        fault.probability,
        fault.seed,
        fault.delayMs ?? null,
        fault.status ?? null,
      );
      if (!row) throw new Error("the fault was not stored");
      return { ...fault, id: row.id };
    },
    list: () => rows().map(toFault),
    remove: (id) => database.run("DELETE FROM faults WHERE id = ?", id) === 1,
    clear: () => void database.run("DELETE FROM faults"),
    take(provider, kinds, operation) {
      const struck = rows().find(
        (row) =>
          row.provider === provider &&
          kinds.includes(row.kind) &&
          (row.operation === null || row.operation === operation) &&
          strikes(row),
      );
      return struck && toFault(struck);
    },
  };
}

function toFault(row: FaultRow): Fault {
  const { delay_ms, draws: _, status, operation, ...same } = row;
  return {
    ...same,
    operation: operation ?? undefined,
    delayMs: delay_ms ?? undefined,
    status: status ?? undefined,
  };
}

/** A number in [0, 1) that depends on the seed only (mulberry32's mixing). */
function draw(seed: number): number {
  let mixed = (Math.imul(seed, 0x9e3779b1) + 0x6d2b79f5) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

const httpKinds = ["error", "slow", "timeoutBefore", "timeoutAfter", "resetBefore", "resetAfter"] as const;
const defaultDelayMs = 3000;

/** The answer with the provider's HTTP faults in front of it; `error` makes the provider's own error body. */
export function withFaults(
  faults: Faults,
  { provider, operation }: { readonly provider: Provider; readonly operation: string },
  { answer, error }: { readonly answer: Answer; readonly error: (status: number) => Reply },
): Answer {
  return async (request) => {
    const fault = faults.take(provider, httpKinds, operation);
    switch (fault?.kind) {
      case "error":
        return error(fault.status ?? 500);
      case "slow":
        await pause(fault.delayMs ?? defaultDelayMs, undefined, { ref: false });
        return await answer(request);
      case "timeoutBefore":
        return { silence: "hang" };
      case "resetBefore":
        return { silence: "reset" };
      case "timeoutAfter":
        await answer(request);
        return { silence: "hang" };
      case "resetAfter":
        await answer(request);
        return { silence: "reset" };
      default:
        return await answer(request);
    }
  };
}
