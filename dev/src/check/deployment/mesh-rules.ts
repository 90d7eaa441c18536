import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Environment,
  listenAddressOf,
  readConfig,
  readSettings,
  type ServiceDefinition,
  targetOf,
} from "@shopmesh/mesh";
import { variableOf } from "../../environment.ts";
import { commandOf, type ComposeService } from "./compose.ts";
import type { Deployment } from "./deployment.ts";
import { finding } from "./file-rules.ts";
import type { DeploymentFinding } from "./finding.ts";

/** Connections kept free for people and for what runs once. */
const SPARE_CONNECTIONS = 20;
/** Beyond DRAIN_MS: effects, outbox, telemetry. */
const AFTER_DRAIN_MS = 10_000;
/** Node's own. */
const NODE_VARIABLES = ["NODE_OPTIONS", "NODE_COMPILE_CACHE", "NODE_EXTRA_CA_CERTS"];

/** Rules that take the mesh's own word: which services there are, what each must be told, what they need together. */
export function checkMesh(deployment: Deployment): readonly DeploymentFinding[] {
  const processes = processesOf(deployment);
  return [
    ...serviceFindings(processes, deployment),
    ...processes.flatMap((process) => settingFindings(process, [...deployment.definitions.keys()])),
    ...toolFindings(deployment),
    ...poolFindings(processes, deployment),
    ...scrapeFindings(processes, deployment),
    ...schemasFindings(deployment),
  ];
}

type Process = {
  readonly name: string;
  readonly service: ComposeService;
  readonly environment: Environment;
  readonly definitions: readonly ServiceDefinition[];
};

function processesOf({ resolved, definitions }: Deployment): readonly Process[] {
  return Object.entries(resolved.services)
    .filter(([, { build }]) => build?.target === "shop")
    .map(([name, service]) => ({
      name,
      service,
      environment: service.environment ?? {},
      definitions: namesIn(service).flatMap((each) => definitions.get(each) ?? []),
    }));
}

function namesIn(service: ComposeService): readonly string[] {
  return commandOf(service).flatMap((word) => word.split(","));
}

function serviceFindings(processes: readonly Process[], { definitions }: Deployment): readonly DeploymentFinding[] {
  const run = processes.flatMap(({ service }) => namesIn(service));
  return [
    ...[...definitions.keys()]
      .filter((name) => !run.includes(name))
      .map((name) => finding("service-missing", name, "no service of docker-compose.yml runs it")),
    ...run
      .filter((name) => !definitions.has(name))
      .map((name) => finding("service-missing", name, "docker-compose.yml runs it, and there is none")),
  ];
}

/** Reads the settings as the process will, and so hears of all that is missing, malformed or never read. */
function settingFindings(
  { name, service, environment, definitions }: Process,
  known: readonly string[],
): readonly DeploymentFinding[] {
  const asked = new Set<string>(NODE_VARIABLES);
  const watched = new Proxy(environment, {
    get(values, variable) {
      asked.add(String(variable));
      return values[String(variable)];
    },
  });
  const problems: string[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  const settings = attempt(() => readSettings(watched));
  for (const definition of definitions) {
    attempt(() => readConfig(definition.config, watched));
    // Every process finds auth's keys, and the mesh's own services all others.
    for (const callee of known.filter((each) => variableOf(each, "ADDRESS") in environment))
      attempt(() => targetOf(callee, watched));
    for (const callee of calleesOf(definition)) attempt(() => targetOf(callee, watched));
    if (definition.contracts.length > 0)
      attempt(() => listenAddressOf(definition.name, watched, settings?.plaintext === "private"));
    const schema = variableOf(definition.name, "DATABASE_URL");
    if (definition.database !== undefined && URL.parse(watched[schema] ?? "")?.protocol !== "mysql:")
      problems.push(`${schema} must be a URL starting with mysql://`);
  }
  const graceMs = millisecondsIn(service.stop_grace_period ?? "10s");
  const neededMs = (settings?.drainMs ?? 0) + AFTER_DRAIN_MS;
  return [
    ...problems.map((problem) => finding("variable-wrong", name, problem)),
    ...unknownIn(environment, asked, name),
    ...(graceMs < neededMs
      ? [finding("grace-too-short", name, `stop_grace_period is below ${neededMs} ms: DRAIN_MS and what follows`)]
      : []),
  ];
}

function millisecondsIn(duration: string): number {
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  return parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? 0), 0);
}

function calleesOf({ calls }: ServiceDefinition): readonly string[] {
  const owners = calls.map(({ typeName }) => typeName.split(".")[1] ?? "").filter((owner) => owner !== "mesh");
  return [...new Set(["auth", ...owners])];
}

function unknownIn(environment: Environment, known: ReadonlySet<string>, name: string): readonly DeploymentFinding[] {
  return Object.keys(environment)
    .filter((variable) => !known.has(variable))
    .map((variable) => finding("variable-unknown", name, `${variable} is read by nobody there`));
}

/** What the tools are told must be named in their own program. */
function toolFindings({ resolved, root }: Deployment): readonly DeploymentFinding[] {
  return Object.entries(resolved.services)
    .filter(([, { build }]) => build?.target === "tools")
    .flatMap(([name, service]) => {
      const file = commandOf(service).find((word) => word.endsWith(".ts"));
      if (file === undefined || !existsSync(join(root, file))) return [];
      const names = readFileSync(join(root, file), "utf8").matchAll(/"([A-Z][A-Z0-9_]+)"/g);
      const known = new Set([...NODE_VARIABLES, ...Array.from(names, ([, variable = ""]) => variable)]);
      return unknownIn(service.environment ?? {}, known, name);
    });
}

function poolFindings(processes: readonly Process[], { maxConnections }: Deployment): readonly DeploymentFinding[] {
  const connections = processes.map(({ service, environment, definitions }) => {
    const pools = definitions.filter(({ database }) => database !== undefined).length;
    return pools * Number(environment["DATABASE_POOL_SIZE"] ?? 10) * (service.deploy?.replicas ?? 1);
  });
  const sum = connections.reduce((all, count) => all + count, SPARE_CONNECTIONS);
  if (sum <= maxConnections) return [];
  return [
    finding("pools-too-big", "mariadb", `${sum} connections may be wanted, max-connections is ${maxConnections}`),
  ];
}

function scrapeFindings(processes: readonly Process[], { scraped }: Deployment): readonly DeploymentFinding[] {
  const names = processes.map(({ name }) => name);
  return [
    ...names
      .filter((name) => !scraped.includes(name))
      .map((name) => finding("scrape-missing", name, "deploy/prometheus/prometheus.yml does not ask it")),
    ...scraped
      .filter((name) => !names.includes(name))
      .map((name) => finding("scrape-missing", name, "deploy/prometheus/prometheus.yml asks it, and there is none")),
  ];
}

function schemasFindings({ resolved, definitions }: Deployment): readonly DeploymentFinding[] {
  const made = (resolved.services["schemas"]?.environment?.["SERVICES"] ?? "")
    .split(/\s+/)
    .filter((name) => name !== "");
  const wanted = [...definitions.values()].filter(({ database }) => database !== undefined).map(({ name }) => name);
  const differ = [...wanted.filter((name) => !made.includes(name)), ...made.filter((name) => !wanted.includes(name))];
  return differ.map((name) =>
    finding("schemas-differ", "schemas", `SERVICES and the services with a database differ by ${name}`),
  );
}
