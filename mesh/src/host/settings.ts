import { hostname } from "node:os";
import {
  checked,
  type ConfigField,
  type ConfigValues,
  type Environment,
  flag,
  integer,
  key,
  readConfig,
  text,
  url,
} from "../config.ts";
import { parseStorageUrl, type StoragePlace } from "../storage/open.ts";
import type { CertificateFiles } from "../identity/certificates.ts";
import { grpcTargetOf, hostOf, isLoopback, mayBeSeveral } from "../transport/grpc/target.ts";

const natsServer = url("NATS_URL", ["nats:", "tls:"]);

/** What every process of the mesh is told. */
const fields = {
  region: text("REGION", "eu"),
  /** One server, or those of a cluster, separated by commas. */
  natsUrl: checked("NATS_URL", (value) => {
    for (const server of value.split(",")) natsServer.parse(server);
  }),
  /** On how many servers of a NATS cluster each stream is kept. */
  natsReplicas: integer("NATS_REPLICAS", { min: 1, max: 5 }, 1),
  /** Empty: no cache. */
  redisUrl: text("REDIS_URL", "none"),
  meshKey: key("MESH_KEY"),
  secretKey: key("SECRET_KEY"),
  opsPort: integer("OPS_PORT", { min: 0, max: 65_535 }, 0),
  /** Who may watch it: this machine, or in a container whoever is in its network. */
  opsHost: text("OPS_HOST", "127.0.0.1"),
  /** "loopback": plain gRPC is refused on any other address. "private": nobody else is in the network that it listens on. */
  plaintext: checked("PLAINTEXT", requireOneOf(["loopback", "private"]), "loopback"),
  /** "none": trace ids are made and passed on, nothing is recorded. */
  otlpUrl: text("OTLP_URL", "none"),
  /** Of a hundred traces that begin here, how many are recorded; of the others only what fails or takes a second. */
  tracePercent: integer("TRACE_PERCENT", { min: 0, max: 100 }, 100),
  logLevel: text("LOG_LEVEL", "info"),
  storage: {
    variable: "STORAGE_URL",
    parse: parseStorageUrl,
    fallback: { kind: "folder", folder: ".shopmesh/storage" },
  } satisfies ConfigField<StoragePlace>,
  storageAccessKey: text("STORAGE_ACCESS_KEY", ""),
  storageSecretKey: text("STORAGE_SECRET_KEY", ""),
  nodeEnv: text("NODE_ENV", "production"),
  /** Connections each hosted service may hold. */
  poolSize: integer("DATABASE_POOL_SIZE", { min: 1, max: 200 }, 10),
  /** Tells instances of one service apart; leases are taken over by the same name after a crash. */
  instance: text("INSTANCE", hostname()),
  /** How long calls under way may take to end when the process is told to; longer than the longest deadline in use. */
  drainMs: integer("DRAIN_MS", { min: 0, max: 120_000 }, 15_000),
  /** How long a process that is told to end says that it is not ready, and still answers: so long its callers take to hear of it. */
  drainNoticeMs: integer("DRAIN_NOTICE_MS", { min: 0, max: 60_000 }, 0),
  /** Server streams that one process holds open. */
  maxStreams: integer("MAX_STREAMS", { min: 1, max: 1_000_000 }, 10_000),
  isFreezing: flag("FREEZE_MESSAGES", false),
  /** Where a test says at which place a process is to die, development only; see failpoint.ts. */
  failpoints: text("FAILPOINTS", "none"),
};

/** The settings of a process; an Error that names every missing or malformed variable. */
export type Settings = ConfigValues<typeof fields>;

/** Reads them once. */
export function readSettings(environment: Environment): Settings {
  return readConfig(fields, environment);
}

const tlsFields = {
  certificate: text("TLS_CERTIFICATE_FILE", ""),
  key: text("TLS_KEY_FILE", ""),
  authority: text("TLS_CA_FILE", ""),
};

/** Where a process's certificates are (TLS_CERTIFICATE_FILE, TLS_KEY_FILE, TLS_CA_FILE); undefined without TLS. */
export function certificateFilesOf(environment: Environment): CertificateFiles | undefined {
  const files = readConfig(tlsFields, environment);
  const isSet = Object.values(files).map((file) => file !== "");
  if (!isSet.includes(true)) return undefined;
  if (!isSet.includes(false)) return files;
  throw new Error("configuration: TLS_CERTIFICATE_FILE, TLS_KEY_FILE and TLS_CA_FILE are set together or not at all");
}

/** Where the instances of service `name` are reached: `<NAME>_ADDRESS`; see grpcTargetOf. */
export function targetOf(name: string, environment: Environment): string {
  return readConfig({ address: checked(variableOf(name, "ADDRESS"), grpcTargetOf) }, environment).address;
}

/**
 * Where service `name` listens in a process that hosts it: `<NAME>_LISTEN` ("0.0.0.0:9006"), by default the one address
 * that it is reached at. Throws an Error for an address that others reach, where nothing keeps strangers out.
 */
export function listenAddressOf(name: string, environment: Environment, isOpenToOthers: boolean): string {
  const variable = variableOf(name, "LISTEN");
  const reached = environment[variable] ? undefined : targetOf(name, environment);
  if (reached !== undefined && mayBeSeveral(reached)) {
    throw new Error(`configuration: ${variable} is not set, and ${reached} may be several instances`);
  }
  const { listen } = readConfig({ listen: checked(variable, hostOf, reached) }, environment);
  if (!isOpenToOthers && !isLoopback(hostOf(listen))) {
    throw new Error(
      `configuration: ${name} would listen without TLS on ${listen}, which other machines reach; give it certificates ` +
        `(TLS_CERTIFICATE_FILE, TLS_KEY_FILE, TLS_CA_FILE), or say PLAINTEXT=private where only the mesh is in that network`,
    );
  }
  return listen;
}

/** The URL of the schema of service `name`: `<NAME>_DATABASE_URL`. */
export function databaseUrlOf(name: string, environment: Environment): string {
  const variable = variableOf(name, "DATABASE_URL");
  return readConfig({ url: url(variable, ["mysql:"]) }, environment).url;
}

function variableOf(name: string, what: string): string {
  return `${name.replaceAll("-", "_").toUpperCase()}_${what}`;
}

function requireOneOf(values: readonly string[]): (value: string) => void {
  return (value) => {
    if (!values.includes(value)) throw new Error(`must be ${values.join(" or ")}, not "${value}"`);
  };
}
