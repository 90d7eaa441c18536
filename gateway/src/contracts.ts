import type { DescService, Message } from "@bufbuild/protobuf";
import { DomainError } from "@shopmesh/kernel";
import { ownerOf } from "@shopmesh/mesh";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const MESH = "mesh";

/**
 * Every service contract of the generated client package: a contract that is added is answered at the gateway with no
 * line written here.
 */
export async function loadContracts(): Promise<readonly DescService[]> {
  const folder = dirname(
    dirname(dirname(fileURLToPath(import.meta.resolve("@shopmesh/contracts/shop/mesh/v1/options_pb.ts")))),
  );
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith("_service_pb.ts")).sort();
  const modules = await Promise.all(
    files.map((file) => import(pathToFileURL(join(folder, file)).href) as Promise<object>),
  );
  return modules.flatMap(contractsIn);
}

/** The contracts among what a module exports. */
export function contractsIn(module: object): readonly DescService[] {
  return Object.values(module).filter(isContract);
}

/** The name of the service that answers a request. */
export type FindAnswerer = (contract: DescService, request: Message) => string;

/**
 * Who answers: the contract's owner; for what every service answers (`shop.mesh.v1`) the one that the request's
 * `service` field names, and the gateway's own process where there is no such field. Throws SERVICE_UNKNOWN.
 */
export function findAnswerer(contracts: readonly DescService[]): FindAnswerer {
  const services = new Set(contracts.map(ownerOf));
  services.delete(MESH);
  return (contract, request) => {
    const owner = ownerOf(contract);
    if (owner !== MESH) return owner;
    if (!("service" in request)) return "gateway";
    const name = String(request.service);
    if (!services.has(name)) throw new DomainError("invalid", "SERVICE_UNKNOWN", { field: "service", service: name });
    return name;
  };
}

function isContract(value: unknown): value is DescService {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "service";
}
