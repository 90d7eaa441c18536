import { once } from "node:events";
import { create, type DescMethod, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Client, credentials, type ClientReadableStream, type ServiceError, status } from "@grpc/grpc-js";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@shopmesh/contracts/grpc/health/v1/health_pb.ts";
import { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import test, { type ExecutionContext } from "ava";
import { addHealth } from "../../src/host/health.ts";
import { createGrpcServer } from "../../src/transport/grpc/server.ts";

const pass = (bytes: Buffer): Buffer => bytes;
const pathOf = ({ parent, name }: DescMethod) => `/${parent.typeName}/${name}`;

async function open(t: ExecutionContext) {
  const grpc = createGrpcServer([], () => t.fail("nobody else is asked") as never);
  const health = addHealth(grpc.server, [InventoryService]);
  const port = await grpc.listen("127.0.0.1:0");
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  t.teardown(async () => (client.close(), grpc.stop(0)));
  return {
    health,
    ask<M extends DescMethod>(method: M, message: MessageInitShape<M["input"]>) {
      const request = Buffer.from(toBinary<M["input"]>(method.input, create<M["input"]>(method.input, message)));
      return new Promise<Buffer>((resolve, reject) =>
        client.makeUnaryRequest(pathOf(method), pass, pass, request, (error, answer) =>
          answer === undefined ? reject(error ?? new Error("no answer")) : resolve(answer),
        ),
      );
    },
    watch(service: string): ClientReadableStream<Buffer> {
      const { watch } = Health.method;
      const request = Buffer.from(toBinary(watch.input, create(watch.input, { service })));
      const stream = client.makeServerStreamRequest(pathOf(watch), pass, pass, request);
      stream.on("error", () => undefined);
      t.teardown(() => stream.cancel());
      return stream;
    },
  };
}

async function nextOf(stream: ClientReadableStream<Buffer>): Promise<Status> {
  const [bytes] = (await once(stream, "data")) as [Buffer];
  return fromBinary(Health.method.watch.output, bytes).status;
}

test("health says NOT_SERVING until it is told, of the server and of each contract", async (t) => {
  const { health, ask } = await open(t);
  const { check } = Health.method;
  const statusOf = async (service: string) => fromBinary(check.output, await ask(check, { service })).status;
  t.is(await statusOf(""), Status.NOT_SERVING);
  health.serving(true);
  t.is(await statusOf(""), Status.SERVING);
  t.is(await statusOf(InventoryService.typeName), Status.SERVING);
});

test("health of a service that is not here is NOT_FOUND", async (t) => {
  const { ask } = await open(t);
  const refused = (await t.throwsAsync(ask(Health.method.check, { service: "shop.none" }))) as ServiceError;
  t.is(refused.code, status.NOT_FOUND);
});

test("who watches health is told at once, and of each change", async (t) => {
  const { health, watch } = await open(t);
  const stream = watch("");
  t.is(await nextOf(stream), Status.NOT_SERVING);
  health.serving(true);
  t.is(await nextOf(stream), Status.SERVING);
});

test("who watches a service that is not here is told that it is unknown", async (t) => {
  const { watch } = await open(t);
  t.is(await nextOf(watch("shop.none")), Status.SERVICE_UNKNOWN);
});

test("health lists all that it knows", async (t) => {
  const { ask } = await open(t);
  const { list } = Health.method;
  const { statuses } = fromBinary(list.output, await ask(list, {}));
  t.deepEqual(Object.keys(statuses).sort(), ["", InventoryService.typeName]);
});
