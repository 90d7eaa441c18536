import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ServiceDefinition } from "@shopmesh/mesh";

const services = new URL("../services/", import.meta.url);

/** The definition of service `name`: what `services/<name>/src/service.ts` exports under that name. Throws for another. */
export async function loadService(name: string): Promise<ServiceDefinition> {
  if (name === "gateway") {
    const { defineGateway } = await import("@shopmesh/gateway");
    return defineGateway();
  }
  const folders = readdirSync(fileURLToPath(services));
  if (!folders.includes(name)) throw new Error(`there is no service "${name}"; there are: ${folders.join(", ")}`);
  const module: object = await import(new URL(`${name}/src/service.ts`, services).href);
  const definition = (module as Readonly<Record<string, unknown>>)[name];
  if (!isDefinition(definition)) throw new Error(`services/${name}/src/service.ts exports no service named ${name}`);
  return definition;
}

function isDefinition(value: unknown): value is ServiceDefinition {
  return typeof value === "object" && value !== null && "name" in value && "start" in value;
}
