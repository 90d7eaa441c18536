import { hkdfSync } from "node:crypto";
import { uuidv7 } from "@shopmesh/kernel";
import { type VirtualClock, followClock, realClock } from "../clock/virtual-clock.ts";
import { connectNats, type Nats } from "../events/nats.ts";
import { watchFailpoints } from "../failpoint.ts";
import { type Faults, followFaults } from "../faults/faults.ts";
import { type ActorVerifier, createActorVerifier } from "../identity/actor.ts";
import { callerToken, type CallerVerifier, createCallerVerifier } from "../identity/caller.ts";
import type { FetchKeys } from "../identity/key-source.ts";
import { type Admission, createAdmission } from "../load/admission.ts";
import { type BindableLog, createLog, type LogLevel } from "../logging/pino-log.ts";
import { createRevocations, type Revocations } from "../revocations.ts";
import { openStorage } from "../storage/open.ts";
import type { Storage } from "../storage.ts";
import { createRpcMetrics, observeCounter, observeGauge, type RpcMetrics } from "../telemetry/metrics.ts";
import { startTelemetry, type Telemetry } from "../telemetry/start.ts";
import { blockEntropy } from "./entropy.ts";
import type { Settings } from "./settings.ts";

/** What the services of one process share. */
export type Ground = {
  readonly settings: Settings;
  readonly telemetry: Telemetry;
  readonly metrics: RpcMetrics;
  readonly log: BindableLog;
  readonly nats: Nats;
  readonly clock: VirtualClock;
  readonly revocations: Revocations;
  readonly storage: Storage;
  readonly admission: Admission;
  /** Undefined outside development. */
  readonly faults: Faults | undefined;
  readonly verifyCaller: CallerVerifier;
  readonly verifyActor: ActorVerifier;
  readonly callerTokenOf: (service: string) => string;
  readonly newId: () => string;
  readonly entropy: (length: number) => Uint8Array;
  /** Aborted when the process begins to drain: long streams end, clients resume elsewhere. */
  readonly drain: AbortController;
  close(): Promise<void>;
};

/** Connects what every process needs; an Error that says what is missing where it cannot. */
export async function layGround(settings: Settings, processName: string, fetchKeys: FetchKeys): Promise<Ground> {
  const isDevelopment = settings.nodeEnv === "development";
  if (isDevelopment && settings.failpoints !== "none") watchFailpoints(settings.failpoints);
  const telemetry = startTelemetry({
    service: processName,
    otlpUrl: settings.otlpUrl === "none" ? undefined : settings.otlpUrl,
    ratio: settings.tracePercent / 100,
    region: settings.region,
    isMetricsEnabled: settings.opsPort > 0,
  });
  const log = createLog({
    service: processName,
    level: settings.logLevel as LogLevel,
    region: settings.region,
  });
  const nats = await connectNats({
    url: settings.natsUrl,
    replicas: settings.natsReplicas,
    name: processName,
    log,
  });
  const entropy = blockEntropy();
  const clock = isDevelopment ? await followClock({ nats, log }) : realClock();
  const revocations = await createRevocations({ nats, log });
  const faults = isDevelopment ? followFaults({ nats, log }) : undefined;
  const admission = createAdmission({ maxStreams: settings.maxStreams });
  observeAdmission(admission);
  return {
    settings,
    telemetry,
    metrics: createRpcMetrics(),
    log,
    nats,
    clock,
    revocations,
    storage: await openStorage({
      place: settings.storage,
      accessKey: settings.storageAccessKey,
      secretKey: settings.storageSecretKey,
      secret: new Uint8Array(hkdfSync("sha256", settings.secretKey, "", "storage", 32)),
      clock: clock.clock,
    }),
    admission,
    faults,
    verifyCaller: createCallerVerifier(settings.meshKey),
    verifyActor: createActorVerifier(fetchKeys, (sessionId) => revocations.isRevoked(sessionId)),
    callerTokenOf: (service) => callerToken(settings.meshKey, service),
    newId: () => uuidv7(clock.clock(), entropy),
    entropy,
    drain: new AbortController(),
    async close() {
      admission.stop();
      await Promise.all([clock.stop(), revocations.stop(), faults?.stop()]);
      await nats.close();
      await telemetry.shutdown();
    },
  };
}

function observeAdmission({ usage }: Admission): void {
  observeGauge(
    "mesh.load.calls",
    "Calls under way that came from outside the process, and how many it takes on",
    () => {
      const { refused: _refused, inFlight, ...rest } = usage();
      return Object.entries({ ...rest, in_flight: inFlight }).map(([kind, value]) => ({
        value,
        labels: { kind },
      }));
    },
  );
  observeCounter("mesh.load.refused", "Calls refused because the process had no place for them", () => usage().refused);
}
