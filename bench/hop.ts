import { randomBytes } from "node:crypto";
import { create, type DescMessage, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { contractOf, type Dispatch, openOrigin, type Sql } from "@shopmesh/mesh";
import { createClient } from "../mesh/src/client.ts";
import { createDispatch } from "../mesh/src/dispatch.ts";
import { callerToken, createCallerVerifier } from "../mesh/src/identity/caller.ts";
import { accessInterceptor } from "../mesh/src/interceptors/access.ts";
import { authenticationInterceptor } from "../mesh/src/interceptors/authentication.ts";
import { deadlineInterceptor } from "../mesh/src/interceptors/deadline.ts";
import { errorsInterceptor } from "../mesh/src/interceptors/errors.ts";
import { createAdmission } from "../mesh/src/load/admission.ts";
import { shedding } from "../mesh/src/load/shed.ts";
import { telemetryInterceptor } from "../mesh/src/interceptors/telemetry.ts";
import { validationInterceptor } from "../mesh/src/interceptors/validation.ts";
import { createRpcMetrics } from "../mesh/src/telemetry/metrics.ts";
import { silentLog } from "../mesh/src/testing/log.ts";
import type { Transport } from "../mesh/src/transport/transport.ts";
import type { Operation } from "./load.ts";

/** The call by which a hop is measured, the same messages for ours and for bare grpc-js: a sku asked, an offer answered. */
export const contract = CatalogService;
export const { batchGetOffers: method } = CatalogService.method;
const { path } = contractOf(method);

const request = create(method.input, { skus: ["MUG-BLUE-L"] });
const response = create(method.output, {
  offers: [
    {
      sku: "MUG-BLUE-L",
      productId: "01890a5d-ac96-774b-bcce-b302099a8057",
      title: "Mug",
      optionTitle: "blue, large",
      sellerId: "01890a5d-ac96-774b-bcce-b302099a8058",
      price: { currencyCode: "EUR", minorUnits: 1_290n },
      weightGrams: 420,
      sellable: true,
    },
  ],
});

/** The call as bare grpc-js makes and answers it: messages, which protobuf-es writes and reads, and nothing else. */
export const bareCall = {
  request,
  response,
  definition: {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: writerOf(method.input),
    requestDeserialize: readerOf(method.input),
    responseSerialize: writerOf(method.output),
    responseDeserialize: readerOf(method.output),
  },
} as const;

function writerOf(schema: DescMessage): (message: Message) => Buffer {
  return (message) => {
    const bytes = toBinary(schema, message);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

function readerOf(schema: DescMessage): (bytes: Buffer) => Message {
  return (bytes) => fromBinary(schema, bytes);
}

const meshKey = Buffer.alloc(32, 7);

/** A service with that one method behind all that a real one passes: every interceptor, a real caller token. */
export function hopDispatch(): Dispatch {
  const metrics = createRpcMetrics();
  const verifyActor = () => Promise.reject(new Error("nobody signs here"));
  const nowhere = (): never => {
    throw new Error("no database");
  };
  const dispatch = createDispatch(
    [{ contract, handlers: { batchGetOffers: async () => response } }],
    (asked) => [
      telemetryInterceptor(asked, "catalog", metrics),
      errorsInterceptor(contractOf(asked).path, silentLog),
      deadlineInterceptor(contractOf(asked)),
      authenticationInterceptor(createCallerVerifier(meshKey), verifyActor),
      validationInterceptor(asked),
      accessInterceptor(contractOf(asked), {}),
    ],
    { region: "eu", sql: {} as Sql, transaction: nowhere },
  );
  return shedding(dispatch, createAdmission(), createCallerVerifier(meshKey));
}

/** One call by the mesh's own client. */
export function hopOperation(transport: Transport): Operation {
  const identity = { callerToken: callerToken(meshKey, "cart"), region: "eu" };
  const client = createClient(contract, () => transport, identity);
  const id = randomBytes(8).toString("hex");
  return (index) => client.batchGetOffers({ skus: ["MUG-BLUE-L"] }, openOrigin(5_000, `${id}-${index}`));
}
