import { create, type DescMethod, type DescService, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { sendUnaryData, Server, ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import { DomainError } from "@shopmesh/kernel";
import {
  Health as HealthContract,
  type HealthCheckRequest,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus as Status,
} from "@shopmesh/contracts/grpc/health/v1/health_pb.ts";
import { decodeBinary } from "../transport/decode.ts";
import { definitionOf, failureOf } from "../transport/grpc/server.ts";

/** grpc.health.v1 of one server. */
export type Health = { serving(isServing: boolean): void };

type Unary = (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) => void;
type Watcher = ServerWritableStream<Buffer, Buffer>;

const { check, watch, list } = HealthContract.method;

/** Answers Check, Watch and List for the server as a whole ("") and for each of `contracts`; NOT_SERVING until told. */
export function addHealth(server: Server, contracts: readonly DescService[]): Health {
  const names = new Set(["", ...contracts.map(({ typeName }) => typeName)]);
  const watchers = new Map<Watcher, string>();
  let status: Status = Status.NOT_SERVING;
  const tell = (watcher: Watcher, name: string): void => {
    watcher.write(bytesOf(watch, { status: names.has(name) ? status : Status.SERVICE_UNKNOWN }));
  };
  const checked = answering(({ request }) => {
    const service = serviceIn(request);
    if (!names.has(service)) throw new DomainError("not-found", "SERVICE_UNKNOWN", { service });
    return bytesOf(check, { status });
  });
  const listed = answering(() =>
    bytesOf(list, { statuses: Object.fromEntries([...names].map((name) => [name, { status }])) }),
  );
  server.addService(
    { check: definitionOf(check), watch: definitionOf(watch), list: definitionOf(list) },
    {
      check: checked,
      list: listed,
      watch(call: Watcher) {
        try {
          const service = serviceIn(call.request);
          watchers.set(call, service);
          call.on("cancelled", () => watchers.delete(call));
          tell(call, service);
        } catch (error) {
          call.emit("error", failureOf(error));
        }
      },
    },
  );
  return {
    serving(isServing) {
      status = isServing ? Status.SERVING : Status.NOT_SERVING;
      for (const [watcher, name] of watchers) if (names.has(name)) tell(watcher, name);
    },
  };
}

function serviceIn(request: Buffer): string {
  return (decodeBinary(HealthCheckRequestSchema, request) as HealthCheckRequest).service;
}

function answering(answer: (call: ServerUnaryCall<Buffer, Buffer>) => Buffer): Unary {
  return (call, reply) => {
    try {
      reply(null, answer(call));
    } catch (error) {
      reply(failureOf(error));
    }
  };
}

function bytesOf<M extends DescMethod>(method: M, message: MessageInitShape<M["output"]>): Buffer {
  return Buffer.from(toBinary<M["output"]>(method.output, create<M["output"]>(method.output, message)));
}
