import { hkdfSync } from "node:crypto";
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { ClockService } from "@shopmesh/contracts/shop/mesh/v1/clock_service_pb.ts";
import { EventAdminService } from "@shopmesh/contracts/shop/mesh/v1/event_admin_service_pb.ts";
import { connectCache, type ConnectedCache } from "../cache/redis-cache.ts";
import { callStream, callUnary, createClient } from "../client.ts";
import { clockHandlers } from "../clock/handlers.ts";
import { type Environment, readConfig } from "../config.ts";
import { contractOf, ownerOf } from "../contract.ts";
import type { Database } from "../database/database.ts";
import { openDatabase } from "../database/open.ts";
import { createDispatch } from "../dispatch.ts";
import { eventAdminHandlers } from "../events/admin.ts";
import { type Consumers, startConsumers } from "../events/consume.ts";
import { createRelay, type Relay } from "../events/relay.ts";
import { type Implementation, implement, type Origin } from "../handler.ts";
import { accessInterceptor } from "../interceptors/access.ts";
import { authenticationInterceptor } from "../interceptors/authentication.ts";
import { deadlineInterceptor } from "../interceptors/deadline.ts";
import { errorsInterceptor } from "../interceptors/errors.ts";
import { idempotencyInterceptor } from "../interceptors/idempotency.ts";
import type { InterceptorsOf } from "../dispatch.ts";
import { loadSheddingInterceptor } from "../interceptors/load-shedding.ts";
import { telemetryInterceptor } from "../interceptors/telemetry.ts";
import { validationInterceptor } from "../interceptors/validation.ts";
import { createLive, type LiveHub } from "../live/follow.ts";
import type { Log } from "../log.ts";
import { createSagaDriver } from "../saga/driver.ts";
import type { SagaPlan } from "../saga/plan.ts";
import type { FindOwner, ServiceContext, ServiceDefinition, ServiceParts } from "../service.ts";
import type { Sql, Tx } from "../sql.ts";
import type { Dispatch } from "../transport/transport.ts";
import { databaseUrlOf } from "./settings.ts";
import type { Ground } from "./ground.ts";
import type { Transports } from "./transports.ts";

/** One service at work in this process. */
export type HostedService = {
  readonly definition: ServiceDefinition;
  /** Its own contracts and those that every service answers. */
  readonly contracts: readonly DescService[];
  readonly dispatch: Dispatch;
  /** Takes up events, tasks, sagas and its own effects; after all services of the process can be called. */
  begin(): Promise<void>;
  /** Why it is not ready; empty when it is. */
  problem(): Promise<string>;
  /** Ends what `begin` began, in reverse, then lets go of its connections. */
  stop(): Promise<void>;
};

/** A saga driver's background loop. */
type RunningSaga = { start(): Promise<void>; stop(): Promise<void> };

/** Registers a service's schedules with whoever keeps them; in the transaction given. */
export type RegisterSchedules = (tx: Tx, definition: ServiceDefinition) => void;

/** Opens the schema of `definition`, builds its parts and its pipeline; nothing runs yet. */
export async function hostService(
  definition: ServiceDefinition,
  deps: {
    ground: Ground;
    transports: Transports;
    environment: Environment;
    registerSchedules: RegisterSchedules;
    readiness: ServiceContext["readiness"];
  },
): Promise<HostedService> {
  const { ground, transports, environment } = deps;
  const log = ground.log.bind({ service: definition.name });
  const live = createLive({
    nats: ground.nats,
    service: definition.name,
    drainSignal: ground.drain.signal,
    revocations: ground.revocations,
  });
  ground.clock.onJump(() => live.wakeAll());
  let relay: Relay | undefined;
  const database = await openSchema(definition, ground, environment, {
    outboxWritten: () => relay?.wake(),
    wake: (topics) => live.publishWake(topics),
  });
  if (database !== undefined) {
    const { sql, transaction } = database;
    relay = createRelay({
      service: definition.name,
      region: ground.settings.region,
      sql,
      transaction,
      nats: ground.nats,
      log,
      clock: ground.clock.clock,
    });
  }
  const sagas: RunningSaga[] = [];
  const cache = connectCache({
    url: ground.settings.redisUrl === "none" ? undefined : ground.settings.redisUrl,
    service: definition.name,
    region: ground.settings.region,
    log,
  });
  const origin = originsOf(definition.name, ground);
  const context = contextOf(definition, {
    ground,
    transports,
    environment,
    log,
    live,
    database,
    cache,
    sagas,
    origin,
    readiness: deps.readiness,
  });
  const parts = await definition.start(context);
  let consumers: Consumers | undefined;
  const implementations = [
    ...parts.implementations,
    ...commonImplementations(definition, parts, {
      ground,
      database,
      relay: () => relay,
      consumers: () => consumers,
    }),
  ];
  const dispatch = createDispatch(
    implementations,
    interceptorsOf(definition.name, parts.owners ?? {}, ground, log, database),
    {
      region: ground.settings.region,
      ...sqlOf(definition.name, database),
    },
  );
  return {
    definition,
    contracts: implementations.map(({ contract }) => contract),
    dispatch,
    async begin() {
      relay?.start();
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
      for (const effect of parts.effects ?? []) await effect.start();
      if (definition.schedules.length > 0)
        await database?.transaction(async (tx) => deps.registerSchedules(tx, definition));
    },
    problem: () => problemOf(ground, database, consumers),
    async stop() {
      for (const effect of [...(parts.effects ?? [])].reverse()) await effect.stop();
      await Promise.all(sagas.map((saga) => saga.stop()));
      await consumers?.stop();
      await relay?.stop();
      await live.close();
      cache.close();
      await database?.close();
    },
  };
}

async function openSchema(
  definition: ServiceDefinition,
  ground: Ground,
  environment: Environment,
  hooks: Parameters<typeof openDatabase>[0]["hooks"],
): Promise<Database | undefined> {
  if (definition.database === undefined) return undefined;
  return openDatabase({
    url: databaseUrlOf(definition.name, environment),
    service: definition.name,
    migrations: definition.database.migrations,
    tables: definition.database.tables,
    poolSize: ground.settings.poolSize,
    clock: ground.clock.clock,
    newId: ground.newId,
    region: ground.settings.region,
    hooks,
    log: ground.log,
  });
}

function originsOf(name: string, { drain, newId }: Ground): ServiceContext["origin"] {
  return ({ timeoutMs, requestId }): Origin => ({
    actorToken: "",
    deadlineMs: Date.now() + timeoutMs,
    signal: drain.signal.aborted ? AbortSignal.timeout(timeoutMs) : neverAborted.signal,
    requestId: requestId ?? `${name}-${newId()}`,
    isInTransaction: false,
  });
}

const neverAborted = new AbortController();

type ContextDeps = {
  readonly ground: Ground;
  readonly transports: Transports;
  readonly environment: Environment;
  readonly log: Log;
  readonly live: LiveHub;
  readonly database: Database | undefined;
  readonly cache: ConnectedCache;
  readonly sagas: RunningSaga[];
  readonly origin: ServiceContext["origin"];
  readonly readiness: ServiceContext["readiness"];
};

function contextOf(definition: ServiceDefinition, deps: ContextDeps): ServiceContext {
  const { ground, transports, database, log, sagas, origin } = deps;
  const { region, secretKey, instance } = ground.settings;
  const identity = { callerToken: ground.callerTokenOf(definition.name), region };
  return {
    name: definition.name,
    region,
    config: readConfig(definition.config, deps.environment),
    log,
    clock: ground.clock.clock,
    newId: ground.newId,
    entropy: ground.entropy,
    deriveSecret: (purpose) => new Uint8Array(hkdfSync("sha256", secretKey, "", `${definition.name}/${purpose}`, 32)),
    client(contract) {
      if (!definition.calls.includes(contract))
        throw new Error(`${definition.name} does not declare that it calls ${contract.typeName}`);
      return createClient(contract, () => transports.to(ownerOf(contract)), identity);
    },
    ...sqlOf(definition.name, database),
    cache: deps.cache,
    live: deps.live,
    storage: ground.storage,
    saga<State>(plan: SagaPlan<State>) {
      if (database === undefined) throw new Error(`${definition.name} has a saga and no database`);
      const driver = createSagaDriver({
        plan,
        database,
        clock: ground.clock.clock,
        log,
        instanceId: `${definition.name}-${instance}`,
        origin,
        entropy: ground.entropy,
      });
      sagas.push(driver);
      return driver;
    },
    forward(name, contract, request, from) {
      const send = contract.method.methodKind === "unary" ? callUnary : callStream;
      return send(contract, request, from, transports.to(name), identity);
    },
    readiness: deps.readiness,
    revokeSession: (sessionId) => ground.revocations.revoke(sessionId),
    origin,
  };
}

function sqlOf(name: string, database: Database | undefined): { sql: Sql; transaction: ServiceContext["transaction"] } {
  if (database !== undefined) return { sql: database.sql, transaction: (work) => database.transaction(work) };
  const refuse = (): never => {
    throw new Error(`${name} has no database`);
  };
  return {
    sql: {
      rows: refuse,
      row: refuse,
      execute: refuse,
      insert: refuse,
      get manager() {
        return refuse();
      },
    },
    transaction: refuse,
  };
}

function interceptorsOf(
  name: string,
  owners: Readonly<Record<string, FindOwner>>,
  ground: Ground,
  log: Log,
  database: Database | undefined,
): InterceptorsOf {
  const sealKey = new Uint8Array(hkdfSync("sha256", ground.settings.secretKey, "", `${name}/idempotency`, 32));
  return (method: DescMethod) => {
    const contract = contractOf(method);
    return [
      telemetryInterceptor(method, name, ground.metrics),
      errorsInterceptor(contract.path, log),
      loadSheddingInterceptor(contract, ground.load),
      deadlineInterceptor(contract),
      authenticationInterceptor(ground.verifyCaller, ground.verifyActor),
      validationInterceptor(method),
      accessInterceptor(contract, owners),
      idempotencyInterceptor(method, { database, clock: ground.clock.clock, sealKey }),
    ];
  };
}

/** What every service answers besides its own. */
function commonImplementations(
  definition: ServiceDefinition,
  parts: ServiceParts,
  deps: {
    ground: Ground;
    database: Database | undefined;
    relay: () => Relay | undefined;
    consumers: () => Consumers | undefined;
  },
): readonly Implementation[] {
  const clock = implement(
    ClockService,
    clockHandlers(deps.ground.clock, deps.ground.settings.nodeEnv === "development"),
  );
  if (deps.database === undefined) return [clock];
  return [
    clock,
    implement(EventAdminService, eventAdminHandlers({ definition, parts, ...deps, database: deps.database })),
  ];
}

async function problemOf(
  ground: Ground,
  database: Database | undefined,
  consumers: Consumers | undefined,
): Promise<string> {
  if (!ground.nats.isConnected()) return "NATS is away";
  if (consumers === undefined || !consumers.isReady()) return "its consumers are not there yet";
  try {
    await database?.ping();
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : "its database is away";
  }
}
