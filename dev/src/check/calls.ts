import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type DescService, getOption } from "@bufbuild/protobuf";
import { Audience, method as methodPolicy } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import type { Finding } from "./finding.ts";

/** Which services each service calls, by name. */
export type CallGraph = Readonly<Record<string, readonly string[]>>;

/** What the check reads of a service's definition. */
export type Caller = {
  readonly name: string;
  readonly calls: readonly DescService[];
};

/** The definitions of every service under `folder` that has a service.ts. Throws when one exports none. */
export async function loadCallers(folder: string): Promise<readonly Caller[]> {
  const names = (await readdir(folder)).sort();
  const files = names.map((name) => join(folder, name, "src/service.ts")).filter((file) => existsSync(file));
  return Promise.all(
    files.map(async (file) => {
      const module: Record<string, unknown> = await import(pathToFileURL(file).href);
      const definition = Object.values(module).find(isCaller);
      if (definition === undefined) throw new Error(`${file} exports no service definition`);
      return definition;
    }),
  );
}

/** The graph of `callers`; the mesh's own contracts, which every service answers, are no edge. */
export function callGraph(callers: readonly Caller[]): CallGraph {
  return Object.fromEntries(
    callers.map(({ name, calls }) => [
      name,
      [...new Set(calls.map(ownerOf))].filter((callee) => callee !== "mesh").sort(),
    ]),
  );
}

/** Each cycle of `graph`, once, as the names around it: ["cart", "order", "cart"]. */
export function findCycles(graph: CallGraph): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = [];
  const done = new Set<string>();
  function visit(name: string, trail: readonly string[]): void {
    const start = trail.indexOf(name);
    if (start >= 0) {
      cycles.push([...trail.slice(start), name]);
      return;
    }
    if (done.has(name)) return;
    for (const callee of graph[name] ?? []) visit(callee, [...trail, name]);
    done.add(name);
  }
  for (const name of Object.keys(graph)) visit(name, []);
  return cycles;
}

/** Every breach by the calls that services declare: cycles, and calls of contracts that do not let the caller in. */
export function checkCalls(callers: readonly Caller[]): readonly Finding[] {
  return [
    ...findCycles(callGraph(callers)).map((cycle) => ({
      file: `services/${cycle[0]}/src/service.ts`,
      subject: String(cycle[0]),
      rule: "call-cycle" as const,
      text: `calls go round: ${cycle.join(" → ")}`,
    })),
    ...callers.flatMap(({ name, calls }) =>
      calls
        .filter((contract) => !isOpenTo(contract, name))
        .map((contract) => ({
          file: `services/${name}/src/service.ts`,
          subject: name,
          rule: "call-not-listed" as const,
          text: `${contract.typeName} has no RPC that is public or lists "${name}" among its callers`,
        })),
    ),
  ];
}

function isOpenTo(contract: DescService, caller: string): boolean {
  return contract.methods.some((method) =>
    getOption(method, methodPolicy).access.some(
      ({ audience, callers }) =>
        audience === Audience.PUBLIC || (audience === Audience.MESH && callers.includes(caller)),
    ),
  );
}

function ownerOf(contract: DescService): string {
  return contract.typeName.split(".")[1] ?? contract.typeName;
}

function isCaller(value: unknown): value is Caller {
  return (
    typeof value === "object" &&
    value !== null &&
    "contracts" in value &&
    "calls" in value &&
    Array.isArray(value.calls)
  );
}
