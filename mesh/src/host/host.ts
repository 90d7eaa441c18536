import { setTimeout as delay } from "node:timers/promises";
import type { DescService } from "@bufbuild/protobuf";
import type { JWK } from "jose";
import type { Client } from "../handler.ts";
import { createClient } from "../client.ts";
import { type Environment, processEnvironment } from "../config.ts";
import { ownerOf } from "../contract.ts";
import { followCertificates } from "../identity/certificates.ts";
import { shedding } from "../load/shed.ts";
import { type PartState, type Readiness, startOps } from "../ops/server.ts";
import type { ServiceDefinition } from "../service.ts";
import { createGrpcServer, type GrpcServer } from "../transport/grpc/server.ts";
import type { Tls } from "../transport/grpc/tls.ts";
import { deepFreeze } from "../freeze.ts";
import { addHealth, type Health } from "./health.ts";
import { addReflection } from "./reflection.ts";
import { type Ground, layGround } from "./ground.ts";
import { type HostedService, hostService, type RegisterSchedules } from "./hosted-service.ts";
import { certificateFilesOf, listenAddressOf, readSettings, type Settings, targetOf } from "./settings.ts";
import { createTransports, type Transports } from "./transports.ts";

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
  /** NOT_SERVING, notice, drain, flush, close; DRAIN_NOTICE_MS for the notice, the drain bounded by DRAIN_MS. */
  stop(): Promise<void>;
};

/** Starts the services of one process, each on its own gRPC port; ready is said by /readyz, never before it is so. */
export async function startHost(options: HostOptions): Promise<Host> {
  const { definitions, environment = processEnvironment(), registerSchedules } = options;
  const settings = readSettings(environment);
  const names = definitions.map(({ name }) => name);
  const tls = followTls(environment, settings, (problem) =>
    ground.log.warn("the certificates that are there now are not taken; the last ones go on", { problem }),
  );
  const transports = transportsOf(definitions, environment, {
    ...(tls === undefined ? {} : { tls }),
    ...(settings.isFreezing ? { freeze: deepFreeze } : {}),
    ...(settings.nodeEnv === "development" ? { faults: () => ground.faults } : {}),
  });
  const ground: Ground = await layGround(settings, names.join("+"), () =>
    options.fetchSigningKeys((contract) => {
      const identity = { callerToken: ground.callerTokenOf(names[0] ?? ""), region: settings.region };
      return createClient(contract, () => transports.to(ownerOf(contract)), identity);
    }),
  );
  const services: HostedService[] = [];
  let isBegun = false;
  const readiness = () => readinessOf(names, services, isBegun);
  const { metricsHandler } = ground.telemetry;
  const { opsPort: port, opsHost: host } = settings;
  const ops = port === 0 ? undefined : await startOps({ host, port, readiness, metricsHandler });
  for (const definition of definitions) {
    const service = await hostService(definition, { ground, transports, environment, registerSchedules, readiness });
    services.push(service);
    transports.host(definition.name, service.dispatch);
  }
  const servers = await listenAll(services, ground, { environment, tls });
  await Promise.all(services.map((service) => service.begin()));
  isBegun = true;
  for (const { health } of servers) health.serving(true);
  ground.log.info("started", { services: names.join(" ") });
  return {
    ports: new Map(servers.map(({ name, port }) => [name, port])),
    opsPort: ops?.port ?? 0,
    async stop() {
      isBegun = false;
      for (const { health } of servers) health.serving(false);
      // Who sends calls here hears of it before they would find a closed door.
      await delay(settings.drainNoticeMs);
      ground.drain.abort();
      // Doors (services that answer nothing themselves) leave as the servers do: what came in by either is still answered.
      const isDoor = ({ definition }: HostedService): boolean => definition.contracts.length === 0;
      await Promise.all([
        ...servers.map(({ server }) => server.stop(settings.drainMs)),
        ...services.filter(isDoor).map((service) => service.end()),
      ]);
      await Promise.all(services.filter((service) => !isDoor(service)).map((service) => service.end()));
      await Promise.all(services.map((service) => service.close()));
      transports.close();
      tls?.certificates.close();
      await ops?.stop();
      await ground.close();
    },
  };
}

function transportsOf(
  definitions: readonly ServiceDefinition[],
  environment: Environment,
  options: Pick<Parameters<typeof createTransports>[0], "tls" | "freeze" | "faults">,
): Transports {
  const known = [...new Set(definitions.flatMap(({ calls, contracts }) => [...calls, ...contracts]))];
  return createTransports({
    hosted: new Set(definitions.map(({ name }) => name)),
    addressOf: (name) => targetOf(name, environment),
    contractsOf: (name) => known.filter((contract) => ownerOf(contract) === name),
    ...options,
  });
}

function followTls(environment: Environment, { region }: Settings, report: (problem: string) => void): Tls | undefined {
  const files = certificateFilesOf(environment);
  return files && { region, certificates: followCertificates(files, { report }) };
}

type Listening = { readonly name: string; readonly port: number; readonly server: GrpcServer; readonly health: Health };

/** A gRPC server for each service that has a contract, at its own address. */
function listenAll(
  services: readonly HostedService[],
  { settings, admission, verifyCaller, log }: Ground,
  { environment, tls }: { readonly environment: Environment; readonly tls: Tls | undefined },
): Promise<Listening[]> {
  return Promise.all(
    services
      .filter(({ definition }) => definition.contracts.length > 0)
      .map(async ({ definition: { name, contracts: own }, contracts, dispatch }) => {
        const server = createGrpcServer(contracts, shedding(dispatch, admission, verifyCaller));
        const health = addHealth(server.server, own);
        addReflection(server.server, contracts);
        const isOpenToOthers = tls !== undefined || settings.plaintext === "private";
        const address = listenAddressOf(name, environment, isOpenToOthers);
        const port = await server.listen(address, tls && { ...tls, log: log.bind({ service: name }) });
        return { name, port, server, health };
      }),
  );
}

async function readinessOf(
  names: readonly string[],
  services: readonly HostedService[],
  isBegun: boolean,
): Promise<Readiness> {
  const states = await Promise.all(
    services.map(async ({ definition, state }) => [definition.name, await state()] as const),
  );
  const known = new Map(states);
  const parts = Object.fromEntries(
    names.map((name): readonly [string, PartState] => {
      if (!isBegun) return [name, { ready: false, reason: "it is starting or stopping" }];
      return [name, known.get(name) ?? { ready: false, reason: "it is starting" }];
    }),
  );
  return { ready: Object.values(parts).every(({ ready }) => ready), parts };
}
