import {
  address,
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

/** What every process of the mesh is told. */
const fields = {
  region: text("REGION", "eu"),
  natsUrl: url("NATS_URL", ["nats:", "tls:"]),
  /** Empty: no cache. */
  redisUrl: text("REDIS_URL", "none"),
  meshKey: key("MESH_KEY"),
  secretKey: key("SECRET_KEY"),
  opsPort: integer("OPS_PORT", { min: 0, max: 65_535 }, 0),
  /** "none": trace ids are made and passed on, nothing is recorded. */
  otlpUrl: text("OTLP_URL", "none"),
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
  /** Tells replicas of one service apart; leases are taken over by the same name after a crash. */
  instance: text("INSTANCE", "0"),
  drainMs: integer("DRAIN_MS", { min: 0, max: 120_000 }, 5_000),
  isFreezing: flag("FREEZE_MESSAGES", false),
  /** Where a test says at which place a process is to die, development only; see failpoints.ts. */
  failpoints: text("FAILPOINTS", "none"),
};

/** The settings of a process; an Error that names every missing or malformed variable. */
export type Settings = ConfigValues<typeof fields>;

/** Reads them once. */
export function readSettings(environment: Environment): Settings {
  return readConfig(fields, environment);
}

/** Where service `name` is reached and, in its own process, listens: `<NAME>_ADDRESS`. */
export function addressOf(name: string, environment: Environment): string {
  const variable = `${name.toUpperCase()}_ADDRESS`;
  return readConfig({ address: address(variable) }, environment).address;
}

/** The URL of the schema of service `name`: `<NAME>_DATABASE_URL`. */
export function databaseUrlOf(name: string, environment: Environment): string {
  const variable = `${name.toUpperCase()}_DATABASE_URL`;
  return readConfig({ url: url(variable, ["mysql:"]) }, environment).url;
}
