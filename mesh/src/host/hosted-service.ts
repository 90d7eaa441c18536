import type { DescService } from "@bufbuild/protobuf";
import { ClockService } from "@shopmesh/contracts/shop/mesh/v1/clock_service_pb.ts";
import { EventAdminService } from "@shopmesh/contracts/shop/mesh/v1/event_admin_service_pb.ts";
import { FaultService } from "@shopmesh/contracts/shop/mesh/v1/fault_service_pb.ts";
import { connectCache } from "../cache/redis-cache.ts";
import { clockHandlers } from "../clock/handlers.ts";
import type { Environment } from "../config.ts";
import type { CommitHooks, Database } from "../database/database.ts";
import { openDatabase } from "../database/open.ts";
import { createDispatch } from "../dispatch.ts";
import { eventAdminHandlers } from "../events/admin.ts";
import { type Consumers, startConsumers } from "../events/consume.ts";
import { createRelay, type Relay } from "../events/relay.ts";
import { faultHandlers } from "../faults/handlers.ts";
import { type Implementation, implement } from "../handler.ts";
import { sweepIdempotency } from "../idempotency/store.ts";
import { createLive } from "../live/follow.ts";
import type { Log } from "../log.ts";
import { createPoller } from "../saga/poller.ts";
import { openRateLimits } from "../rate-limits/rate-limits.ts";
import type { ServiceContext, ServiceDefinition, ServiceParts } from "../service.ts";
import type { Tx } from "../sql.ts";
import type { Dispatch } from "../transport/transport.ts";
import { contextOf, instanceIdOf, originsOf, type RunningSaga, sqlOf } from "./context.ts";
import type { Ground } from "./ground.ts";
import type { PartState } from "../ops/server.ts";
import { pipelineOf } from "./pipeline.ts";
import { stateOf } from "./readiness.ts";
import { databaseUrlOf } from "./settings.ts";
import type { Transports } from "./transports.ts";

/** One service at work in this process. */
export type HostedService = {
  readonly definition: ServiceDefinition;
  /** Its own contracts and those that every service answers. */
  readonly contracts: readonly DescService[];
  readonly dispatch: Dispatch;
  /** Takes up events, tasks, sagas and its own effects; after all services of the process can be called. */
  begin(): Promise<void>;
  /** How it stands. */
  state(): Promise<PartState>;
  /** Ends what `begin` began: events in hand are finished, sagas given back, the outbox is published. It can still be called. */
  end(): Promise<void>;
  /** Lets go of its connections. */
  close(): Promise<void>;
};

/** Registers a service's schedules with whoever keeps them; in the transaction given. */
export type RegisterSchedules = (tx: Tx, definition: ServiceDefinition) => void;

/** What hosting a service needs. */
export type HostingDeps = {
  readonly ground: Ground;
  readonly transports: Transports;
  readonly environment: Environment;
  readonly registerSchedules: RegisterSchedules;
  readonly readiness: ServiceContext["readiness"];
};

const SWEEP_MS = 3_600_000;

/** Opens the schema of `definition`, builds its parts and its pipeline; nothing runs yet. */
export async function hostService(definition: ServiceDefinition, deps: HostingDeps): Promise<HostedService> {
  const { ground } = deps;
  const log = ground.log.bind({ service: definition.name });
  const base = await layBase(definition, deps);
  const { database, cache, live, rateLimits } = base;
  const sagas: RunningSaga[] = [];
  const origin = originsOf(definition.name, ground);
  const poller = database && createPoller({ ...pollingOf(definition.name, ground), log, sql: database.sql });
  const parts = await definition.start(contextOf(definition, { ...deps, log, ...base, sagas, poller, origin }));
  const work = createWork(definition, parts, { ...base, ...deps, log, sagas, origin });
  const implementations = [
    ...parts.implementations,
    ...commonImplementations(definition, parts, { ground, ...base, ...work }),
  ];
  const dispatch = createDispatch(
    implementations,
    pipelineOf({ service: definition.name, owners: parts.owners ?? {}, ground, log, database }),
    { region: ground.settings.region, ...sqlOf(definition.name, database) },
  );
  return {
    definition,
    contracts: implementations.map(({ contract }) => contract),
    dispatch,
    begin: work.begin,
    state: () =>
      stateOf({
        consumers: work.consumers(),
        pingDatabase: database && (() => database.ping()),
        isNatsConnected: ground.nats.isConnected(),
      }),
    end: work.end,
    async close() {
      await live.close();
      cache.close();
      rateLimits.close();
      await database?.close();
    },
  };
}

function pollingOf(name: string, ground: Ground) {
  return { clock: ground.clock.clock, realTime: Date.now, instanceId: instanceIdOf(name, ground) };
}

/** A service's own connections: its schema with the relay of its outbox, its cache, its live streams. */
async function layBase(definition: ServiceDefinition, { ground, environment }: HostingDeps) {
  const { name } = definition;
  const { region, redisUrl } = ground.settings;
  const live = createLive({
    nats: ground.nats,
    service: name,
    drainSignal: ground.drain.signal,
    revocations: ground.revocations,
  });
  ground.clock.onJump(() => live.wakeAll());
  let relay: Relay | undefined;
  const hooks = {
    outboxWritten: (isPatient: boolean) => relay?.wake(isPatient),
    wake: (topics: readonly string[]) => live.publishWake(topics),
  };
  const database = await openSchema(definition, ground, environment, hooks);
  if (database !== undefined) {
    relay = createRelay({
      service: name,
      region,
      ...database,
      nats: ground.nats,
      log: ground.log,
      clock: ground.clock.clock,
      gathered: ground.admission.gathered,
    });
  }
  const shared = { url: redisUrl === "none" ? undefined : redisUrl, service: name, region, log: ground.log };
  const cache = connectCache(shared);
  const rateLimits = openRateLimits(shared);
  return { live, database, relay: () => relay, cache, rateLimits };
}

async function openSchema(
  { name, database }: ServiceDefinition,
  ground: Ground,
  environment: Environment,
  hooks: CommitHooks,
): Promise<Database | undefined> {
  if (database === undefined) return undefined;
  return openDatabase({
    ...database,
    url: databaseUrlOf(name, environment),
    service: name,
    poolSize: ground.settings.poolSize,
    clock: ground.clock.clock,
    newId: ground.newId,
    region: ground.settings.region,
    hooks,
    log: ground.log,
    onWait: ground.admission.queue(name),
  });
}

type WorkDeps = HostingDeps & {
  readonly database: Database | undefined;
  readonly relay: () => Relay | undefined;
  readonly log: Log;
  readonly sagas: readonly RunningSaga[];
  readonly origin: ServiceContext["origin"];
};

/** What a service does without being called. */
function createWork(definition: ServiceDefinition, parts: ServiceParts, deps: WorkDeps) {
  const { ground, database, relay, log, sagas, origin } = deps;
  const effects = parts.effects ?? [];
  let consumers: Consumers | undefined;
  let sweeping: NodeJS.Timeout | undefined;
  return {
    consumers: () => consumers,
    async begin(): Promise<void> {
      relay()?.start();
      if (database !== undefined) sweeping = setInterval(() => sweep(database, ground, log), SWEEP_MS).unref();
      consumers = startConsumers({
        service: definition.name,
        region: ground.settings.region,
        definitions: parts.consumers ?? [],
        workers: parts.workers ?? [],
        database,
        nats: ground.nats,
        clock: ground.clock.clock,
        log,
        origin,
      });
      for (const saga of sagas) await saga.start();
      for (const effect of effects) await effect.start();
      if (definition.schedules.length > 0) {
        await database?.transaction(async (tx) => deps.registerSchedules(tx, definition));
      }
    },
    async end(): Promise<void> {
      clearInterval(sweeping);
      // An event in hand may begin a saga, and need an effect.
      await consumers?.stop();
      await Promise.all(sagas.map((saga) => saga.stop()));
      for (const effect of [...effects].reverse()) await effect.stop();
      await relay()?.stop();
    },
  };
}

/** Forgets answers that nobody may ask for again. */
function sweep({ sql }: Database, { clock }: Ground, log: Log): void {
  sweepIdempotency(sql, clock.clock()).catch((error: unknown) => log.warn("old answers were not swept", {}, error));
}

/** What every service answers besides its own. */
function commonImplementations(
  definition: ServiceDefinition,
  parts: ServiceParts,
  deps: Pick<WorkDeps, "ground" | "database" | "relay"> & { readonly consumers: () => Consumers | undefined },
): readonly Implementation[] {
  const isDevelopment = deps.ground.settings.nodeEnv === "development";
  const clock = implement(ClockService, clockHandlers(deps.ground.clock, isDevelopment));
  const { name: service, contracts } = definition;
  const faults = implement(FaultService, faultHandlers({ service, contracts, faults: deps.ground.faults }));
  if (deps.database === undefined) return [clock, faults];
  const admin = eventAdminHandlers({ definition, parts, ...deps, database: deps.database });
  return [clock, faults, implement(EventAdminService, admin)];
}
