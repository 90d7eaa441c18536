import { hkdfSync } from "node:crypto";
import type { ConnectedCache } from "../cache/redis-cache.ts";
import { callStream, callUnary, createClient } from "../client.ts";
import { type Environment, readConfig } from "../config.ts";
import { ownerOf } from "../contract.ts";
import type { Database } from "../database/database.ts";
import type { Live } from "../live.ts";
import { shedding } from "../load/shed.ts";
import type { Log } from "../log.ts";
import { createSagaDriver } from "../saga/driver.ts";
import type { RateLimits } from "../rate-limits/rate-limits.ts";
import type { SagaPlan } from "../saga/plan.ts";
import type { Poller } from "../saga/poller.ts";
import type { ServiceContext, ServiceDefinition } from "../service.ts";
import type { Sql } from "../sql.ts";
import { sagaFailpoint } from "./failpoints.ts";
import type { Ground } from "./ground.ts";
import type { Transports } from "./transports.ts";

/** A saga driver's background loop. */
export type RunningSaga = { start(): Promise<void>; stop(): Promise<void> };

/** What a service's context is made of. */
export type ContextDeps = {
  readonly ground: Ground;
  readonly transports: Transports;
  readonly environment: Environment;
  readonly log: Log;
  readonly live: Live;
  readonly database: Database | undefined;
  readonly cache: ConnectedCache;
  readonly rateLimits: RateLimits;
  /** The drivers that the service asks for are added here. */
  readonly sagas: RunningSaga[];
  /** Looks for those that are due; undefined without a database. */
  readonly poller: Poller | undefined;
  readonly origin: ServiceContext["origin"];
  readonly readiness: ServiceContext["readiness"];
};

/** What `definition` is given to start with. Its settings are read here: an Error names every one that is wrong. */
export function contextOf(definition: ServiceDefinition, deps: ContextDeps): ServiceContext {
  const { ground, transports, database } = deps;
  const { region, secretKey } = ground.settings;
  const identity = { callerToken: ground.callerTokenOf(definition.name), region, service: definition.name };
  return {
    name: definition.name,
    region,
    config: readConfig(definition.config, deps.environment),
    log: deps.log,
    clock: ground.clock.clock,
    newId: ground.newId,
    entropy: ground.entropy,
    deriveSecret: (purpose) => new Uint8Array(hkdfSync("sha256", secretKey, "", `${definition.name}/${purpose}`, 32)),
    client(contract) {
      if (!definition.calls.includes(contract)) {
        throw new Error(`${definition.name} does not declare that it calls ${contract.typeName}`);
      }
      return createClient(contract, () => transports.to(ownerOf(contract)), identity);
    },
    forward(name, contract, request, from) {
      const send = contract.method.methodKind === "unary" ? callUnary : callStream;
      return send(contract, request, from, transports.to(name), identity);
    },
    door: {
      hasRoom: ground.admission.hasRoom,
      keep: (dispatch) => shedding(dispatch, ground.admission, ground.verifyCaller),
      isTaken: (name, criticality) => transports.outflow(name).hasRoom(criticality),
    },
    ...sqlOf(definition.name, database),
    cache: deps.cache,
    rateLimits: deps.rateLimits,
    live: deps.live,
    storage: ground.storage,
    saga: (plan) => driverOf(plan, definition.name, deps),
    readiness: deps.readiness,
    revokeSession: (sessionId) => ground.revocations.revoke(sessionId),
    origin: deps.origin,
  };
}

/** Origins that act as service `name`. They outlive a drain: what is under way is finished. */
export function originsOf(name: string, { newId }: Ground): ServiceContext["origin"] {
  const { signal } = new AbortController();
  return ({ timeoutMs, requestId }) => ({
    actorToken: "",
    deadlineMs: Date.now() + timeoutMs,
    signal,
    requestId: requestId ?? `${name}-${newId()}`,
    isInTransaction: false,
  });
}

/** The ways to the service's schema; each throws where it has none. */
export function sqlOf(name: string, database: Database | undefined): Pick<ServiceContext, "sql" | "transaction"> {
  if (database !== undefined) return { sql: database.sql, transaction: (work) => database.transaction(work) };
  const refuse = (): never => {
    throw new Error(`${name} has no database`);
  };
  const sql: Sql = {
    rows: refuse,
    row: refuse,
    execute: refuse,
    insert: refuse,
    get manager() {
      return refuse();
    },
  };
  return { sql, transaction: refuse };
}

/** Names what `name` holds in this process: leases of sagas. */
export function instanceIdOf(name: string, { settings }: Ground): string {
  return `${name}-${settings.instance}`;
}

function driverOf<State>(
  plan: SagaPlan<State>,
  name: string,
  { ground, database, log, sagas, poller, origin }: ContextDeps,
) {
  if (database === undefined || poller === undefined) throw new Error(`${name} has a saga and no database`);
  const driver = createSagaDriver({
    plan,
    database,
    clock: ground.clock.clock,
    log,
    instanceId: instanceIdOf(name, ground),
    poller,
    origin,
    entropy: ground.entropy,
    lull: ground.admission.lull,
    ...sagaFailpoint(plan),
  });
  sagas.push(driver);
  return driver;
}
