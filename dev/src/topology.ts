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
  /** Its own: "order", the second instance "order.2". */
  readonly name: string;
  /** What its instances have in common: "order". */
  readonly group: string;
  /** Which of them it is, from 1. */
  readonly instance: number;
  readonly services: readonly string[];
  readonly heapMegabytes: number;
};

const firstServicePort = 9001;
const portsBetweenInstances = 100;

const compactGroups: Readonly<Record<string, readonly string[]>> = {
  gateway: ["gateway"],
  commerce: ["cart", "order", "payment", "promotion", "inventory", "shipping"],
  people: ["auth", "user", "seller", "notification", "support"],
  insight: ["catalog", "search", "review", "recommendation", "analytics", "logging", "scheduler"],
};
/** Where a service that no group names runs: one that somebody has just added. */
const openGroup = "insight";

/** With half of it a busy process of `mesh` spends half of its time collecting garbage; with 256 one of `compact` collects all of it more often. */
const heapMegabytes: Readonly<Record<Topology, number>> = {
  solo: 512,
  compact: 512,
  mesh: 256,
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

/** How many processes run the same services: `each`, but for those named, by group or by a service in it. */
export type Replicas = { readonly each: number; readonly own: Readonly<Record<string, number>> };

export const oneReplica: Replicas = { each: 1, own: {} };

const mostReplicas = 9;

/** Reads "2", "order=3" or "2,order=3,catalog=1". Throws an Error that says what is wrong. */
export function parseReplicas(text: string): Replicas {
  let each = 1;
  const own: Record<string, number> = {};
  for (const part of text.split(",").map((each) => each.trim())) {
    const match = /^(?:([a-z][a-z0-9-]*)=)?(\d+)$/.exec(part);
    const count = Number(match?.[2]);
    if (match === null || count < 1 || count > mostReplicas) {
      throw new Error(`replicas are a number from 1 to ${mostReplicas}, or order=3, or both: 2,order=3; not "${text}"`);
    }
    const [, name] = match;
    if (name === undefined) each = count;
    else own[name] = count;
  }
  return { each, own };
}

/** Which processes run which of the services that exist, each as often as it is wanted. Throws for a name that is none. */
export function planProcesses(
  topology: Topology,
  services: readonly string[],
  replicas: Replicas = oneReplica,
): readonly ProcessPlan[] {
  const groups = groupsOf(topology, services).filter(([, members]) => members.length > 0);
  const unknown = Object.keys(replicas.own).find(
    (name) => !groups.some(([group, members]) => group === name || members.includes(name)),
  );
  if (unknown !== undefined) {
    throw new Error(`no "${unknown}" to have replicas of; there are: ${groups.map(([group]) => group).join(", ")}`);
  }
  return groups.flatMap(([group, members]) =>
    Array.from({ length: countOf(group, members, replicas) }, (_, index) => ({
      name: instanceName(group, index + 1),
      group,
      instance: index + 1,
      services: members,
      heapMegabytes: heapMegabytes[topology],
    })),
  );
}

function countOf(group: string, members: readonly string[], { each, own }: Replicas): number {
  const wanted = [group, ...members].flatMap((name) => own[name] ?? []);
  return wanted.length === 0 ? each : Math.max(...wanted);
}

function instanceName(group: string, instance: number): string {
  return instance === 1 ? group : `${group}.${instance}`;
}

/** The port that the documents name for a service's gRPC; those new to the table follow it, in the order given. */
export function preferredPort(service: string, services: readonly string[], instance = 1): number {
  const order: readonly string[] = serviceOrder;
  const known = order.indexOf(service);
  const added = services.filter((name) => name !== "gateway" && !order.includes(name));
  const place = known >= 0 ? known : order.length + added.indexOf(service);
  // From 9101 on there is health, from 9201 on the second instances, from 9301 on the third.
  return firstServicePort + place + (instance === 1 ? 0 : instance * portsBetweenInstances);
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
