import { getText } from "./http.ts";

/** Counters by what they count: "sql order/shop.order.v1.CheckoutService/PlaceOrder" and the like. */
export type Counters = Readonly<Record<string, number>>;

/** What one checkout makes the processes do: by cause up to its reply, and what that sets going. */
export type CheckoutCounts = Counts & {
  readonly following: Counts;
  /** Of loops and schedules: relays, pollers, what gauges read. */
  readonly loops: Counts;
};

/** One part of it. */
export type Counts = {
  readonly statements: number;
  readonly commits: number;
  readonly rpcs: number;
  readonly rpcsByMethod: Counters;
  readonly statementsByOperation: Counters;
  readonly commitsByOperation: Counters;
};

const families = {
  sql: /^mesh_sql_statements(?:_total)?$/,
  commit: /^mesh_sql_commits(?:_total)?$/,
  rpc: /^rpc_server_duration(?:_seconds)?_count$/,
} as const;

/** Loops (relays, pollers) and schedules: they go on without a checkout, too. */
const loops = [/^$/, /^process shop[.]scheduler[.]/];

/**
 * Work that is done by nobody else than what follows: consumers, the checkout's saga past its pivot and those of an order and
 * its parcels, and whom all of these call; the webhooks of the outside world. In another process than its caller's a call is
 * counted by its method alone.
 */
const following = [
  /^(?:process|follow) /,
  /^saga (?!checkout\b)/,
  /^saga checkout forward\b/,
  /CartService\/CloseCart$/,
  /ShippingService\/(?:CreateShipments|GetShipment|ListShipments)$/,
  /Service\/Receive\w+Event$/,
  /OrderService\/(?:BatchGetOrders|GetOrder)$/,
  /AuthService\/ListContacts$/,
  /PaymentService\/MintGiftCardCode$/,
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
  const isOf = (patterns: readonly RegExp[], operation: string) => patterns.some((pattern) => pattern.test(operation));
  const partOf = (operation: string) =>
    isOf(loops, operation) ? "loops" : isOf(following, operation) ? "following" : "direct";
  const entries = (part: ReturnType<typeof partOf>, family: keyof typeof families) =>
    of(family).filter(([operation]) => partOf(operation) === part);
  const sum = (part: ReturnType<typeof partOf>, family: keyof typeof families): number =>
    entries(part, family).reduce((total, [, value]) => total + value, 0);
  const counted = (part: ReturnType<typeof partOf>): Counts => ({
    statements: sum(part, "sql"),
    commits: sum(part, "commit"),
    rpcs: sum(part, "rpc"),
    rpcsByMethod: Object.fromEntries(entries(part, "rpc")),
    statementsByOperation: Object.fromEntries(entries(part, "sql")),
    commitsByOperation: Object.fromEntries(entries(part, "commit")),
  });
  return {
    ...counted("direct"),
    following: counted("following"),
    loops: counted("loops"),
  };
}
