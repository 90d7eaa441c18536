import { type DescService, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Server, ServerDuplexStream } from "@grpc/grpc-js";
import { Health } from "@shopmesh/contracts/grpc/health/v1/health_pb.ts";
import {
  ServerReflection,
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
} from "@shopmesh/contracts/grpc/reflection/v1/reflection_pb.ts";
import { createReflection } from "../reflection/answer.ts";

/** Answers grpc.reflection.v1 on a gRPC server: any tool learns the contracts from the port itself. */
export function addReflection(server: Server, contracts: readonly DescService[]): void {
  const answer = createReflection([...contracts, Health, ServerReflection]);
  const pass = (bytes: Buffer): Buffer => bytes;
  const { serverReflectionInfo } = ServerReflection.method;
  server.addService(
    {
      serverReflectionInfo: {
        path: `/${ServerReflection.typeName}/${serverReflectionInfo.name}`,
        requestStream: true,
        responseStream: true,
        requestSerialize: pass,
        requestDeserialize: pass,
        responseSerialize: pass,
        responseDeserialize: pass,
      },
    },
    {
      serverReflectionInfo(call: ServerDuplexStream<Buffer, Buffer>) {
        call.on("data", (bytes: Buffer) => {
          const response = answer(fromBinary(ServerReflectionRequestSchema, bytes));
          call.write(Buffer.from(toBinary(ServerReflectionResponseSchema, response)));
        });
        call.on("end", () => call.end());
      },
    },
  );
}
