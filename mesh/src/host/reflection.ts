import { type DescService, toBinary } from "@bufbuild/protobuf";
import type { Server, ServerDuplexStream } from "@grpc/grpc-js";
import { Health } from "@shopmesh/contracts/grpc/health/v1/health_pb.ts";
import {
  ServerReflection,
  type ServerReflectionRequest,
  ServerReflectionRequestSchema,
  ServerReflectionResponseSchema,
} from "@shopmesh/contracts/grpc/reflection/v1/reflection_pb.ts";
import { decodeBinary } from "../transport/decode.ts";
import { failureOf } from "../transport/grpc/server.ts";
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
          try {
            const request = decodeBinary(ServerReflectionRequestSchema, bytes) as ServerReflectionRequest;
            call.write(Buffer.from(toBinary(ServerReflectionResponseSchema, answer(request))));
          } catch (error) {
            // Thrown on, it would be nobody's and end the process.
            call.emit("error", failureOf(error));
          }
        });
        call.on("end", () => call.end());
      },
    },
  );
}
