import type { CheckoutCounts } from "./counts.ts";
import type { Latency } from "./load.ts";
import type { CpuMs } from "./processor.ts";

/** One thing that was measured. */
export type Figure = {
  /** "checkout, compact, traced". */
  readonly name: string;
  /** Processor time of one operation by process, in milliseconds. */
  readonly cpu: CpuMs;
  readonly totalCpuMs: number;
  /** The echo's N next to which it was measured, in milliseconds. */
  readonly echoMs: number;
  /** The time of one operation as a multiple of N. */
  readonly multiple: number;
  readonly latency: Latency;
  /** How often one is done while several callers ask side by side, in milliseconds. */
  readonly everyMs?: number;
  readonly counts?: CheckoutCounts;
  /** What follows after the reply, in milliseconds. */
  readonly followingCpuMs?: number;
};

/** Something that was promised (issue "The mesh holds"), and how it stands. */
export type Claim = {
  readonly promise: string;
  readonly value: number;
  readonly limit: number;
  readonly unit: string;
  readonly isHeld: boolean;
};

/** Names of figures, so that promises find them. */
export const names = {
  echo: "node:http JSON echo (N)",
  bareGrpc: "bare grpc-js unary, both ends",
  commit: "one-row durable commit",
  hopGrpc: "mesh hop by gRPC, both ends, traced",
  hopLocal: "mesh hop in process, traced",
  hotHolds: "HoldStock of one hot sku, 32 callers",
  holds: "HoldStock of 200 skus, 32 callers",
  event: "event, commit to consumed, traced",
  product: (where: string) => `GetProduct at the gateway, ${where}`,
  list: (where: string) => `ListProducts of 24 at the gateway, ${where}`,
  checkout: (where: string) => `guest checkout, ${where}`,
  fewBuyers: "guest checkout and all that follows, 8 buyers",
  manyBuyers: "guest checkout and all that follows, 32 buyers",
} as const;

/** What a guest's checkout of two lines of two sellers may make the processes do, up to its reply. */
export const checkoutLimits = { statements: 80, commits: 14, rpcs: 20 } as const;

/** What that sets going may make them do (consumers, mail, parcels; without the loops), and the loops in a second of rest. */
export const followingLimits = { statements: 105, commits: 26, rpcs: 12 } as const;
export const restLimits = { statementsPerSecond: 10, commitsPerSecond: 1 } as const;

/** What was promised, judged by what was measured; a promise without its figures is left out. */
export function judge(figures: readonly Figure[]): readonly Claim[] {
  const find = (name: string): Figure | undefined => figures.find((figure) => figure.name === name);
  const compact = find(names.checkout("compact, traced"));
  const counts = compact?.counts;
  return [
    claim("mesh hop by gRPC against bare grpc-js", share(find(names.hopGrpc), find(names.bareGrpc)), 1.5, "×"),
    claim("mesh hop by gRPC", find(names.hopGrpc)?.multiple, 7.7, "N"),
    claim("GetProduct at the gateway, compact", find(names.product("compact, traced"))?.multiple, 22, "N"),
    claim("guest checkout, compact", compact?.multiple, 400, "N"),
    claim(
      "guest checkout, solo against mesh",
      share(find(names.checkout("solo, traced")), find(names.checkout("mesh, traced"))),
      0.5,
      "×",
    ),
    claim(
      "time from checkout to checkout of 32 buyers against 8",
      pace(find(names.manyBuyers), find(names.fewBuyers)),
      1 / 0.9,
      "×",
    ),
    claim("SQL statements of a checkout", counts?.statements, checkoutLimits.statements, ""),
    claim("commits of a checkout", counts?.commits, checkoutLimits.commits, ""),
    claim("RPCs of a checkout", counts?.rpcs, checkoutLimits.rpcs, ""),
    claim("SQL statements of what follows it", counts?.following.statements, followingLimits.statements, ""),
    claim("commits of that", counts?.following.commits, followingLimits.commits, ""),
    claim("RPCs of that", counts?.following.rpcs, followingLimits.rpcs, ""),
    claim("time from hold to hold of one hot sku", find(names.hotHolds)?.everyMs, 1_000 / 300, "ms"),
    claim("the same against many skus", pace(find(names.hotHolds), find(names.holds)), 1 / 0.85, "×"),
    claim("event, commit to consumed, p50", find(names.event)?.latency.p50, 10, "ms"),
    claim("event, commit to consumed, p99", find(names.event)?.latency.p99, 50, "ms"),
    ...["solo", "compact", "mesh"].map((where) => tracing(names.checkout, where, find)),
    tracing(names.product, "compact", find),
  ].filter((found) => found !== undefined);
}

function tracing(
  nameOf: (where: string) => string,
  where: string,
  find: (name: string) => Figure | undefined,
): Claim | undefined {
  const traced = find(nameOf(`${where}, traced`));
  const plain = find(nameOf(`${where}, untraced`));
  if (traced === undefined || plain === undefined) return undefined;
  return claim(`tracing's share, ${nameOf(where)}`, (wholeMultiple(traced) / wholeMultiple(plain) - 1) * 100, 20, "%");
}

/** With what follows: spans are sent seconds after what they tell of. */
function wholeMultiple({ totalCpuMs, followingCpuMs = 0, echoMs }: Figure): number {
  return (totalCpuMs + followingCpuMs) / echoMs;
}

function share(one: Figure | undefined, other: Figure | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one.multiple / other.multiple;
}

function pace(one: Figure | undefined, other: Figure | undefined): number | undefined {
  return one?.everyMs === undefined || other?.everyMs === undefined ? undefined : one.everyMs / other.everyMs;
}

function claim(promise: string, value: number | undefined, limit: number, unit: string): Claim | undefined {
  return value === undefined ? undefined : { promise, value, limit, unit, isHeld: value <= limit };
}
