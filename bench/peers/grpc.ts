import type { Message } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { startTelemetry } from "../../mesh/src/telemetry/start.ts";
import { createGrpcTransport } from "../../mesh/src/transport/grpc/client.ts";
import { createGrpcServer } from "../../mesh/src/transport/grpc/server.ts";
import { createLocalTransport } from "../../mesh/src/transport/local.ts";
import { bareCall, contract, hopDispatch, hopOperation } from "../hop.ts";
import { measure, type Operation } from "../load.ts";
import { answerParent } from "../peer.ts";

/** Either end of one unary call: `grpc.ts bare-server | bare-client <port> | mesh-server | mesh-client <port> | local`. */
const [role = "", port = ""] = process.argv.slice(2);
const address = `127.0.0.1:${port}`;

if (!role.startsWith("bare")) {
  // Tracing as in production; before anything makes a span or an instrument.
  startTelemetry({ service: role, otlpUrl: process.env["OTLP_URL"], region: "eu", isMetricsEnabled: true });
}

answerParent(async (question) => {
  if (question.kind === "listen") return { port: await listen() };
  return { cost: await measure(question.pids, operationOf(), question.extent) };
});

function listen(): Promise<number> {
  if (role === "mesh-server") return createGrpcServer([contract], hopDispatch()).listen("127.0.0.1:0");
  const server = new grpc.Server();
  server.addService(
    { call: bareCall.definition },
    { call: (_call: unknown, callback: grpc.sendUnaryData<Message>) => callback(null, bareCall.response) },
  );
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
}

function operationOf(): Operation {
  switch (role) {
    case "local":
      return hopOperation(createLocalTransport(hopDispatch()));
    case "mesh-client":
      return hopOperation(createGrpcTransport(address, [contract]));
    default:
      return bareOperation();
  }
}

function bareOperation(): Operation {
  const client = new grpc.Client(address, grpc.credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = bareCall.definition;
  return () =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        bareCall.request,
        new grpc.Metadata(),
        { deadline: Date.now() + 5_000 },
        (error, answer) => (error === null ? resolve(answer) : reject(error)),
      );
    });
}
