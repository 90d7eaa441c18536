import type * as gateway from "@shopmesh/gateway";
import type { ServiceDefinition } from "@shopmesh/mesh";

/** Where services come from: their sources, or the bundle that was made of them. */
export type Modules = {
  /** What exports a service's definition; of "gateway" what exports how to define it. Throws where there is no such service. */
  readonly service: (name: string) => Promise<object>;
  /** What exports all contracts, where the gateway is not to look for them itself. */
  readonly contracts?: () => Promise<object>;
};

type Gateway = typeof gateway;

/** The definition of service `name`: what its module exports under that name. Throws for another. */
export async function loadService(name: string, { service, contracts }: Modules): Promise<ServiceDefinition> {
  const module = await service(name);
  if (isGateway(module)) return module.defineGateway(await contracts?.());
  const definition = (module as Readonly<Record<string, unknown>>)[name];
  if (!isDefinition(definition)) throw new Error(`services/${name}/src/service.ts exports no service named ${name}`);
  return definition;
}

function isGateway(module: object): module is Gateway {
  return "defineGateway" in module;
}

function isDefinition(value: unknown): value is ServiceDefinition {
  return typeof value === "object" && value !== null && "name" in value && "start" in value;
}
