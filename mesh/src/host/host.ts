import type { DescService } from "@bufbuild/protobuf";
import type { JWK } from "jose";
import type { Client } from "../handler.ts";
import { createClient } from "../client.ts";
import { type Environment, processEnvironment } from "../config.ts";
import { ownerOf } from "../contract.ts";
import { type Ops, startOps } from "../ops/server.ts";
import type { ServiceDefinition } from "../service.ts";
import { createGrpcServer, type GrpcServer } from "../transport/grpc/server.ts";
import type { Freeze } from "../transport/local.ts";
import { deepFreeze } from "../freeze.ts";
import { addHealth, type Health } from "./health.ts";
import { addReflection } from "./reflection.ts";
import { layGround } from "./ground.ts";
import { type HostedService, hostService, type RegisterSchedules } from "./hosted-service.ts";
import { addressOf, readSettings } from "./settings.ts";
import { createTransports } from "./transports.ts";

/** What a process of the mesh is made of. */
export type HostOptions = {
  /** The services that live here, started in this order. */
  readonly definitions: readonly ServiceDefinition[];
  readonly environment?: Environment;
  /** Fetches the keys that sign actor tokens, with a client of whatever contract tells them. */
  readonly fetchSigningKeys: (client: <S extends DescService>(contract: S) => Client<S>) => Promise<readonly JWK[]>;
  readonly registerSchedules: RegisterSchedules;
};

/** A running process of the mesh. */
export type Host = {
  /** The port each service's gRPC listens on. */
  readonly ports: ReadonlyMap<string, number>;
  readonly opsPort: number;
  /** NOT_SERVING, drain, flush, close; bounded by DRAIN_MS for the drain. */
  stop(): Promise<void>;
};

/** Starts the services of one process, each on its own gRPC port; ready is said by /readyz, never before it is so. */
export async function startHost({
  definitions,
  environment = processEnvironment(),
  fetchSigningKeys,
  registerSchedules,
}: HostOptions): Promise<Host> {
  const settings = readSettings(environment);
  const names = definitions.map(({ name }) => name);
  const called = definitions.flatMap(({ calls, contracts }) => [...calls, ...contracts]);
  const freeze: { freeze?: Freeze } = settings.isFreezing ? { freeze: deepFreeze } : {};
  const transports = createTransports({
    hosted: new Set(names),
    addressOf: (name) => addressOf(name, environment),
    contractsOf: (name) => [...new Set(called.filter((contract) => ownerOf(contract) === name))],
    ...freeze,
  });
  const ground = await layGround(settings, names.join("+"), () =>
    fetchSigningKeys((contract) =>
      createClient(contract, () => transports.to(ownerOf(contract)), {
        callerToken: ground.callerTokenOf(names[0] ?? ""),
        region: settings.region,
      }),
    ),
  );
  const services: HostedService[] = [];
  const servers: { server: GrpcServer; health: Health }[] = [];
  const ports = new Map<string, number>();
  let isBegun = false;
  const readiness = () => readinessOf(names, services, isBegun);
  const ops: Ops | undefined =
    settings.opsPort === 0
      ? undefined
      : await startOps({
          port: settings.opsPort,
          readiness,
          metricsHandler: ground.telemetry.metricsHandler,
        });
  for (const definition of definitions) {
    const service = await hostService(definition, {
      ground,
      transports,
      environment,
      registerSchedules,
      readiness,
    });
    services.push(service);
    transports.host(definition.name, service.dispatch);
  }
  for (const service of services) {
    if (service.definition.contracts.length === 0) continue;
    const server = createGrpcServer(service.contracts, service.dispatch);
    const health = addHealth(server.server, service.definition.contracts);
    addReflection(server.server, service.contracts);
    ports.set(service.definition.name, await server.listen(addressOf(service.definition.name, environment)));
    servers.push({ server, health });
  }
  await Promise.all(services.map((service) => service.begin()));
  isBegun = true;
  for (const { health } of servers) health.serving(true);
  ground.log.info("started", { services: names.join(" ") });
  return {
    ports,
    opsPort: ops?.port ?? 0,
    async stop() {
      isBegun = false;
      for (const { health } of servers) health.serving(false);
      ground.drain.abort();
      await Promise.all(servers.map(({ server }) => server.stop(settings.drainMs)));
      for (const service of [...services].reverse()) await service.stop();
      transports.close();
      await ops?.stop();
      await ground.close();
    },
  };
}

async function readinessOf(names: readonly string[], services: readonly HostedService[], isBegun: boolean) {
  const problems = new Map(
    await Promise.all(services.map(async (service) => [service.definition.name, await service.problem()] as const)),
  );
  const parts = Object.fromEntries(
    names.map((name) => {
      const reason = isBegun ? (problems.get(name) ?? "it is starting") : "it is starting or stopping";
      return [name, reason === "" ? { ready: true } : { ready: false, reason }];
    }),
  );
  return { ready: Object.values(parts).every(({ ready }) => ready), parts };
}
