import { create, createFileRegistry, fromBinary, getOption, isMessage } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import {
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
} from "@shopmesh/contracts/grpc/reflection/v1/reflection_pb.ts";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { CheckoutService, OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { method as methodOption } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import test from "ava";
import { createReflection } from "../../src/reflection/answer.ts";

const reflect = createReflection([OrderService, CheckoutService, CartService]);

function ask(messageRequest: ServerReflectionRequest["messageRequest"]) {
  return reflect(create(ServerReflectionRequestSchema, { host: "h", messageRequest })).messageResponse;
}

function filesOf(answer: ReturnType<typeof ask>) {
  if (answer.case !== "fileDescriptorResponse") throw new Error(`expected files, got ${answer.case}`);
  return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
}

test("every service is listed", (t) => {
  const answer = ask({ case: "listServices", value: "" });
  t.deepEqual(answer.case === "listServicesResponse" ? answer.value.service.map(({ name }) => name) : [], [
    "shop.cart.v1.CartService",
    "shop.order.v1.CheckoutService",
    "shop.order.v1.OrderService",
  ]);
});

test("a registry can be rebuilt from the answers, options included", (t) => {
  const registry = createFileRegistry(
    create(FileDescriptorSetSchema, {
      file: filesOf(ask({ case: "fileContainingSymbol", value: "shop.order.v1.CheckoutService" })).reverse(),
    }),
  );
  const rebuilt = registry.getService("shop.order.v1.CheckoutService");
  t.deepEqual(
    rebuilt?.methods.map(({ name, input, output }) => [name, input.typeName, output.typeName]),
    CheckoutService.methods.map(({ name, input, output }) => [name, input.typeName, output.typeName]),
  );
  const place = rebuilt?.methods.find(({ name }) => name === "PlaceOrder");
  t.truthy(place && getOption(place, methodOption).access.length > 0);
  t.truthy(registry.getExtension("buf.validate.field"));
});

for (const symbol of [
  "shop.order.v1.CheckoutService",
  "shop.order.v1.CheckoutService.PlaceOrder",
  "shop.order.v1.PlaceOrderRequest",
  "shop.order.v1.PlaceOrderRequest.quote_id",
]) {
  test(`${symbol} is found in its file`, (t) => {
    t.is(filesOf(ask({ case: "fileContainingSymbol", value: symbol }))[0]?.name, "shop/order/v1/order_service.proto");
  });
}

test("a file is found by its name, with all that it imports and each once", (t) => {
  const names = filesOf(ask({ case: "fileByFilename", value: "shop/order/v1/order_service.proto" })).map(
    ({ name }) => name,
  );
  t.is(names[0], "shop/order/v1/order_service.proto");
  t.is(new Set(names).size, names.length);
  for (const needed of [
    "buf/validate/validate.proto",
    "google/protobuf/descriptor.proto",
    "shop/common/v1/money.proto",
  ]) {
    t.true(names.includes(needed), needed);
  }
});

test("an extension is found by what it extends and its number", (t) => {
  const extendee = "google.protobuf.MethodOptions";
  t.is(
    filesOf(
      ask({
        case: "fileContainingExtension",
        value: {
          $typeName: "grpc.reflection.v1.ExtensionRequest",
          containingType: extendee,
          extensionNumber: 50001,
        },
      }),
    )[0]?.name,
    "shop/mesh/v1/options.proto",
  );
  const answer = ask({ case: "allExtensionNumbersOfType", value: extendee });
  t.deepEqual(answer.case === "allExtensionNumbersResponse" ? answer.value.extensionNumber : [], [50001]);
});

test("what is unknown is NOT_FOUND", (t) => {
  for (const answer of [
    ask({ case: "fileByFilename", value: "shop/nothing.proto" }),
    ask({ case: "fileContainingSymbol", value: "shop.order.v1.Nothing" }),
    ask({ case: "allExtensionNumbersOfType", value: "shop.order.v1.Nothing" }),
  ]) {
    t.like(answer, { case: "errorResponse", value: { errorCode: 5 } });
  }
});

test("an answer repeats its question and is a whole message", (t) => {
  const request = create(ServerReflectionRequestSchema, {
    host: "h",
    messageRequest: { case: "listServices", value: "" },
  });
  const response = reflect(request);
  t.true(isMessage(response, ServerReflectionResponseSchema));
  t.deepEqual(response.originalRequest, request);
  t.is(response.validHost, "h");
});
