import type { DescService, Message } from "@bufbuild/protobuf";
import type { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import type { Clock } from "@shopmesh/kernel";
import type { EntitySchema, MigrationInterface } from "typeorm";
import type { Cache } from "./cache.ts";
import type { ConfigFields, ConfigValues } from "./config.ts";
import type { Consumer, TaskWorker } from "./consumer.ts";
import type { MethodContract } from "./contract.ts";
import type { Client, Implementation, Origin } from "./handler.ts";
import type { Live } from "./live.ts";
import type { Log } from "./log.ts";
import type { Readiness } from "./ops/server.ts";
import type { RateLimits } from "./rate-limits/rate-limits.ts";
import type { SagaDriver, SagaPlan } from "./saga/plan.ts";
import type { Sql, Tx } from "./sql.ts";
import type { Storage } from "./storage.ts";
import type { Dispatch } from "./transport/transport.ts";

/** Whose an object is. A field left out means nobody of that audience owns it. */
export type Owner = {
  readonly personId?: string | undefined;
  /** SHA-256 hex of each access token that opens it. */
  readonly guestTokenHashes?: readonly string[];
  readonly sellerIds?: readonly string[];
};

/** The owner of the object with `id`; undefined where there is none. Runs before the handler on every OWN method. */
export type FindOwner = (id: string, sql: Sql) => Promise<Owner | undefined>;

/** What the mesh gives a service that starts. */
export type ServiceContext<Fields extends ConfigFields = ConfigFields> = {
  readonly name: string;
  readonly region: string;
  readonly config: ConfigValues<Fields>;
  readonly log: Log;
  /** Now, the virtual offset included. Only this decides business; never `NOW()`, `Date.now()` or a TTL. */
  readonly clock: Clock;
  /** A new UUIDv7. */
  readonly newId: () => string;
  /** Unguessable bytes. */
  readonly entropy: (length: number) => Uint8Array;
  /** A secret of this service, derived from SECRET_KEY and `purpose`: the same in every replica, never stored. */
  readonly deriveSecret: (purpose: string) => Uint8Array;
  /** A client of a contract listed in `calls`; throws at start for another. */
  readonly client: <S extends DescService>(contract: S) => Client<S>;
  /** Statements outside a call, each on its own. */
  readonly sql: Sql;
  /** A transaction outside a call; in a handler use `call.transaction`. */
  readonly transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  readonly cache: Cache;
  readonly live: Live;
  readonly storage: Storage;
  /** Sends a request on to service `name` as it is: for the gateway, which knows contracts only by their descriptors. */
  readonly forward: Forward;
  /** Decides what is let in from outside, for the gateway: as the mesh does for what comes by gRPC. */
  readonly door: DoorKeeper;
  /** Limits that all replicas of this service share. */
  readonly rateLimits: RateLimits;
  /** How this process and its parts stand. */
  readonly readiness: () => Promise<Readiness>;
  /** Registers a saga; its driver starts with the service and resumes what a crash left. */
  readonly saga: <State>(plan: SagaPlan<State>) => SagaDriver<State>;
  /** Ends a session everywhere within 5 s: its actor tokens are refused, its streams closed. */
  readonly revokeSession: (sessionId: string) => Promise<void>;
  /** An origin that acts as this service, for work that no call asked for. */
  readonly origin: (options: { timeoutMs: number; requestId?: string }) => Origin;
};

/** Sends a request on: a promise for a unary method, an iterable for a server stream. */
export type Forward = (
  name: string,
  contract: MethodContract,
  request: Message,
  origin: Origin,
) => Promise<Message> | AsyncIterable<Message>;

/** What keeps an overloaded process, and the services behind it, from what they could not answer. */
export type DoorKeeper = {
  /** Whether a call is worth reading: this process would have a place for it. */
  hasRoom(criticality: Criticality, isStream: boolean): boolean;
  /** Gives each call that has been read a place; throws OVERLOADED where there is none left. */
  keep(dispatch: Dispatch): Dispatch;
  /** Whether service `name` can be expected to take a call up: it is then to be sent by `forward`. */
  isTaken(name: string, criticality: Criticality): boolean;
};

/** What a service is made of once it has what it needs. */
export type ServiceParts = {
  readonly implementations: readonly Implementation[];
  /** By resource name, as in `access.resource`. */
  readonly owners?: Readonly<Record<string, FindOwner>>;
  readonly consumers?: readonly Consumer[];
  readonly workers?: readonly TaskWorker[];
  /** Started after migrations, stopped in reverse: an HTTP receiver, a poller. */
  readonly effects?: readonly Effect[];
  /** Re-emits the snapshots of everything the service owns, `batch` at a time, for Resync. */
  readonly resync?: (tx: Tx, cursor: string, batch: number) => Promise<{ cursor: string; isDone: boolean }>;
};

/** Something that runs beside the handlers. */
export type Effect = {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** A task that the scheduler sends to this service's queue by cron, declared at start. */
export type Schedule = {
  /** Unique in the service. */
  readonly name: string;
  /** Five or six fields, in `timeZone` (default UTC). */
  readonly cron: string;
  readonly timeZone?: string;
  /** What becomes of a run that is due while one before it is still going; default: it comes all the same. */
  readonly overlap?: "forbid" | "queue" | "replace";
};

/** A service is a value: it does not know where it runs. Made by `defineService`. */
export type ServiceDefinition = {
  /** The noun: folder, package `shop.<name>.v1`, schema and user `shop_<name>`. */
  readonly name: string;
  /** The contracts it answers. */
  readonly contracts: readonly DescService[];
  /** The contracts of others that it calls; a cycle fails the build. */
  readonly calls: readonly DescService[];
  /** TypeORM tables and migrations; absent: the service has no database. */
  readonly database?: {
    readonly tables: readonly EntitySchema[];
    readonly migrations: readonly (new () => MigrationInterface)[];
  };
  readonly config: ConfigFields;
  readonly schedules: readonly Schedule[];
  readonly start: (context: ServiceContext) => ServiceParts | Promise<ServiceParts>;
};

/** A definition as it is written: `config` types the context of `start`. */
export type ServiceSpec<Fields extends ConfigFields> = {
  readonly name: string;
  readonly contracts: readonly DescService[];
  readonly calls?: readonly DescService[];
  readonly database?: {
    readonly tables: readonly EntitySchema[];
    readonly migrations: readonly (new () => MigrationInterface)[];
  };
  readonly config?: Fields;
  readonly schedules?: readonly Schedule[];
  readonly start: (context: ServiceContext<Fields>) => ServiceParts | Promise<ServiceParts>;
};

/** A service definition; nothing is connected or started by it. */
export function defineService<Fields extends ConfigFields = Record<never, never>>(
  spec: ServiceSpec<Fields>,
): ServiceDefinition {
  return {
    ...spec,
    calls: spec.calls ?? [],
    config: spec.config ?? {},
    schedules: spec.schedules ?? [],
    start: spec.start as ServiceDefinition["start"],
  };
}
