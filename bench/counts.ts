import { getText } from "./http.ts";

/** Counters by what they count: "sql order/shop.order.v1.CheckoutService/PlaceOrder" and the like. */
export type Counters = Readonly<Record<string, number>>;

/** What one checkout makes the processes do: by cause up to its reply, and what that sets going. */
export type CheckoutCounts = {
  readonly statements: number;
  readonly commits: number;
  readonly rpcs: number;
  readonly rpcsByMethod: Counters;
  readonly statementsByOperation: Counters;
  readonly commitsByOperation: Counters;
  readonly following: { readonly statements: number; readonly commits: number; readonly rpcs: number };
};

const families = {
  sql: /^mesh_sql_statements(?:_total)?$/,
  commit: /^mesh_sql_commits(?:_total)?$/,
  rpc: /^rpc_server_duration(?:_seconds)?_count$/,
} as const;

/**
 * Counts of other work than that up to the reply: loops (relay, pollers), consumers, the checkout's saga past its pivot and
 * those of an order and its parcels and whom they call, the webhooks of the outside world.
 */
const following = [
  /^$/,
  /^(?:process|follow) /,
  /^saga (?!checkout\b)/,
  /^saga checkout forward\b/,
  /CartService\/CloseCart$/,
  /ShippingService\/(?:CreateShipments|GetShipment|ListShipments)$/,
  /Service\/Receive\w+Event$/,
  /OrderService\/(?:BatchGetOrders|GetOrder)$/,
  /^grpc\.health/,
];

/** Reads the counters of all processes, added up. */
export async function readCounters(operationsPorts: readonly number[]): Promise<Counters> {
  const texts = await Promise.all(operationsPorts.map((port) => getText(`http://127.0.0.1:${port}/metrics`)));
  const counters: Record<string, number> = {};
  for (const line of texts.flatMap((text) => text.split("\n"))) {
    const [, name = "", labels = "", value = ""] = /^(\w+)\{(.*)\} (\S+)/.exec(line) ?? [];
    const family = Object.entries(families).find(([, pattern]) => pattern.test(name))?.[0];
    if (family === undefined) continue;
    const operation = /(?:operation|method)="([^"]*)"/.exec(labels)?.[1] ?? "";
    const key = `${family} ${operation}`;
    counters[key] = (counters[key] ?? 0) + Number(value);
  }
  return counters;
}

/** What was counted between two readings, for one of `count` checkouts. */
export function countsBetween(before: Counters, after: Counters, count: number): CheckoutCounts {
  const of = (family: keyof typeof families) =>
    Object.entries(after)
      .filter(([key]) => key.startsWith(`${family} `))
      .map(([key, value]) => [key.slice(family.length + 1), (value - (before[key] ?? 0)) / count] as const)
      .filter(([, value]) => value > 0);
  const isFollowing = ([operation]: readonly [string, number]): boolean =>
    following.some((pattern) => pattern.test(operation));
  const sum = (entries: readonly (readonly [string, number])[]): number =>
    entries.reduce((total, [, value]) => total + value, 0);
  const direct = (family: keyof typeof families) => of(family).filter((entry) => !isFollowing(entry));
  const later = (family: keyof typeof families) => sum(of(family)) - sum(direct(family));
  return {
    statements: sum(direct("sql")),
    commits: sum(direct("commit")),
    rpcs: sum(direct("rpc")),
    rpcsByMethod: Object.fromEntries(direct("rpc")),
    statementsByOperation: Object.fromEntries(direct("sql")),
    commitsByOperation: Object.fromEntries(direct("commit")),
    following: { statements: later("sql"), commits: later("commit"), rpcs: later("rpc") },
  };
}
