import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ServiceDefinition } from "@shopmesh/mesh";

/** The definition of service `name`: what `services/<name>/src/service.ts` exports under that name. Throws for another. */
export async function loadService(root: string, name: string): Promise<ServiceDefinition> {
  if (name === "gateway") {
    const { defineGateway } = await import("@shopmesh/gateway");
    return defineGateway();
  }
  const folders = readdirSync(join(root, "services"));
  if (!folders.includes(name)) throw new Error(`there is no service "${name}"; there are: ${folders.join(", ")}`);
  const module: object = await import(pathToFileURL(join(root, "services", name, "src", "service.ts")).href);
  const definition = (module as Readonly<Record<string, unknown>>)[name];
  if (!isDefinition(definition)) throw new Error(`services/${name}/src/service.ts exports no service named ${name}`);
  return definition;
}

function isDefinition(value: unknown): value is ServiceDefinition {
  return typeof value === "object" && value !== null && "name" in value && "start" in value;
}
