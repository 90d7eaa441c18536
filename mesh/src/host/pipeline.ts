import { hkdfSync } from "node:crypto";
import { contractOf } from "../contract.ts";
import type { Database } from "../database/database.ts";
import type { InterceptorsOf } from "../dispatch.ts";
import { faultInterceptor } from "../faults/inject.ts";
import { accessInterceptor } from "../interceptors/access.ts";
import { authenticationInterceptor } from "../interceptors/authentication.ts";
import { deadlineInterceptor } from "../interceptors/deadline.ts";
import { errorsInterceptor } from "../interceptors/errors.ts";
import { idempotencyInterceptor } from "../interceptors/idempotency.ts";
import { telemetryInterceptor } from "../interceptors/telemetry.ts";
import { validationInterceptor } from "../interceptors/validation.ts";
import type { Log } from "../log.ts";
import type { FindOwner } from "../service.ts";
import { failpointInterceptor } from "./failpoints.ts";
import type { Ground } from "./ground.ts";

/** Every call passes these, in this order, and each method only those that its contract asks for. */
export function pipelineOf(deps: {
  readonly service: string;
  readonly owners: Readonly<Record<string, FindOwner>>;
  readonly ground: Ground;
  readonly log: Log;
  readonly database: Database | undefined;
}): InterceptorsOf {
  const { service, owners, ground, log, database } = deps;
  const sealKey = new Uint8Array(hkdfSync("sha256", ground.settings.secretKey, "", `${service}/idempotency`, 32));
  return (method) => {
    const contract = contractOf(method);
    return [
      telemetryInterceptor(method, service, ground.metrics),
      errorsInterceptor(contract.path, log),
      deadlineInterceptor(contract),
      faultInterceptor(contract, ground.faults),
      authenticationInterceptor(ground.verifyCaller, ground.verifyActor),
      validationInterceptor(method),
      accessInterceptor(contract, owners),
      failpointInterceptor(contract),
      idempotencyInterceptor(method, { database, clock: ground.clock.clock, sealKey }),
    ];
  };
}
