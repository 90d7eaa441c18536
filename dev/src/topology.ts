import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The services in the order of their gRPC ports: 9001, 9002, … */
export const serviceOrder = [
  "auth",
  "user",
  "catalog",
  "inventory",
  "cart",
  "order",
  "payment",
  "promotion",
  "shipping",
  "notification",
  "scheduler",
  "logging",
  "search",
  "review",
  "recommendation",
  "seller",
  "support",
  "analytics",
] as const;

export const topologies = ["solo", "compact", "mesh"] as const;
export type Topology = (typeof topologies)[number];

/** A process and the services in it, the gateway among them. */
export type ProcessPlan = {
  readonly name: string;
  readonly services: readonly string[];
  readonly heapMegabytes: number;
};

const firstServicePort = 9001;

const compactGroups: Readonly<Record<string, readonly string[]>> = {
  gateway: ["gateway"],
  commerce: ["cart", "order", "payment", "promotion", "inventory", "shipping"],
  people: ["auth", "user", "seller", "notification", "support"],
  insight: ["catalog", "search", "review", "recommendation", "analytics", "logging", "scheduler"],
};
/** Where a service that no group names runs: one that somebody has just added. */
const openGroup = "insight";

const heapMegabytes: Readonly<Record<Topology, number>> = {
  solo: 512,
  compact: 256,
  mesh: 128,
};

/** The topology of that name. Throws with the names there are. */
export function parseTopology(name: string): Topology {
  const found = topologies.find((topology) => topology === name);
  if (found === undefined) throw new Error(`no topology "${name}"; there are: ${topologies.join(", ")}`);
  return found;
}

/** The services that the checkout has (the gateway too), in the order of their ports; those new to the table come last. */
export function existingServices(root: string): readonly string[] {
  const folder = join(root, "services");
  const names = existsSync(folder)
    ? readdirSync(folder).filter((name) => existsSync(join(folder, name, "src", "service.ts")))
    : [];
  const order: readonly string[] = serviceOrder;
  const known = order.filter((name) => names.includes(name));
  const added = names.filter((name) => !order.includes(name)).sort();
  const gateway = existsSync(join(root, "gateway", "src", "service.ts")) ? ["gateway"] : [];
  return [...gateway, ...known, ...added];
}

/** Which processes run which of the services that exist. */
export function planProcesses(topology: Topology, services: readonly string[]): readonly ProcessPlan[] {
  return groupsOf(topology, services)
    .map(([name, members]) => ({
      name,
      services: members,
      heapMegabytes: heapMegabytes[topology],
    }))
    .filter((plan) => plan.services.length > 0);
}

/** The port that the documents name for a service's gRPC; those new to the table follow it, in the order given. */
export function preferredPort(service: string, services: readonly string[]): number {
  const order: readonly string[] = serviceOrder;
  const known = order.indexOf(service);
  if (known >= 0) return firstServicePort + known;
  const added = services.filter((name) => name !== "gateway" && !order.includes(name));
  return firstServicePort + order.length + added.indexOf(service);
}

function groupsOf(topology: Topology, services: readonly string[]): readonly (readonly [string, readonly string[]])[] {
  if (topology === "solo") return [["shop", services]];
  if (topology === "mesh") return services.map((service) => [service, [service]]);
  const grouped = Object.values(compactGroups).flat();
  const added = services.filter((service) => !grouped.includes(service));
  return Object.entries(compactGroups).map(([name, members]) => [
    name,
    [...members.filter((member) => services.includes(member)), ...(name === openGroup ? added : [])],
  ]);
}
