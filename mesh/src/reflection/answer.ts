import {
  create,
  type DescExtension,
  type DescFile,
  type DescMessage,
  type DescService,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import {
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
} from "@shopmesh/contracts/grpc/reflection/v1/reflection_pb.ts";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";

const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;

/** Answers one message of a grpc.reflection.v1 stream. */
export type Reflection = (request: ServerReflectionRequest) => ServerReflectionResponse;

type Answer = ServerReflectionResponse["messageResponse"];

/** What a server of `services` answers to reflection; pure, all of it serialised at the first need and kept. */
export function createReflection(services: readonly DescService[]): Reflection {
  // No service imports what every status carries, and whoever reads a status asks for it.
  const index = indexFiles([...services.map(({ file }) => file), ErrorInfoSchema.file]);
  const names = services.map(({ typeName }) => typeName).sort();
  const listing: Answer = {
    case: "listServicesResponse",
    value: {
      $typeName: "grpc.reflection.v1.ListServiceResponse",
      service: names.map(serviceNamed),
    },
  };
  return (request) =>
    create(ServerReflectionResponseSchema, {
      validHost: request.host,
      originalRequest: request,
      messageResponse: answer(request.messageRequest, index, listing),
    });
}

function answer(request: ServerReflectionRequest["messageRequest"], index: Index, listing: Answer): Answer {
  switch (request.case) {
    case "listServices":
      return listing;
    case "fileByFilename":
      return fileAnswer(index.byName.get(request.value), index, `file ${request.value}`);
    case "fileContainingSymbol":
      return fileAnswer(index.bySymbol.get(request.value.replace(/^\./, "")), index, `symbol ${request.value}`);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = request.value;
      const found = index.byExtendee.get(containingType)?.find(({ number }) => number === extensionNumber);
      return fileAnswer(found?.file, index, `extension ${extensionNumber} of ${containingType}`);
    }
    case "allExtensionNumbersOfType": {
      if (!index.bySymbol.has(request.value)) return failure(NOT_FOUND, `type ${request.value} is not known here`);
      const extensions = index.byExtendee.get(request.value) ?? [];
      return {
        case: "allExtensionNumbersResponse",
        value: {
          $typeName: "grpc.reflection.v1.ExtensionNumberResponse",
          baseTypeName: request.value,
          extensionNumber: extensions.map(({ number }) => number).sort((a, b) => a - b),
        },
      };
    }
    case undefined:
      return failure(INVALID_ARGUMENT, "the request asks for nothing");
  }
}

/** Where everything is that the served files, and what they import, declare. */
type Index = {
  readonly byName: Map<string, DescFile>;
  readonly bySymbol: Map<string, DescFile>;
  readonly byExtendee: Map<string, DescExtension[]>;
  /** A file's descriptor and those it needs, each before what it imports. */
  readonly closure: (file: DescFile) => Uint8Array[];
};

function indexFiles(roots: readonly DescFile[]): Index {
  const bytes = new Map<DescFile, Uint8Array>();
  const closures = new Map<DescFile, Uint8Array[]>();
  const serialise = (file: DescFile) => {
    const made = bytes.get(file) ?? toBinary(FileDescriptorProtoSchema, file.proto);
    bytes.set(file, made);
    return made;
  };
  const index: Index = {
    byName: new Map(),
    bySymbol: new Map(),
    byExtendee: new Map(),
    closure(file) {
      const made = closures.get(file) ?? importersFirst(file).map(serialise);
      closures.set(file, made);
      return made;
    },
  };
  for (const file of withDependencies(roots)) {
    index.byName.set(file.proto.name, file);
    for (const service of file.services) {
      index.bySymbol.set(service.typeName, file);
      for (const method of service.methods) index.bySymbol.set(`${service.typeName}.${method.name}`, file);
    }
    for (const extension of file.extensions) addExtension(index, extension);
    for (const symbol of file.enums) index.bySymbol.set(symbol.typeName, file);
    for (const message of file.messages) addMessage(index, message);
  }
  return index;
}

function addMessage(index: Index, message: DescMessage): void {
  index.bySymbol.set(message.typeName, message.file);
  for (const field of message.fields) index.bySymbol.set(`${message.typeName}.${field.name}`, message.file);
  for (const nested of message.nestedEnums) index.bySymbol.set(nested.typeName, message.file);
  for (const nested of message.nestedExtensions) addExtension(index, nested);
  for (const nested of message.nestedMessages) addMessage(index, nested);
}

function addExtension(index: Index, extension: DescExtension): void {
  index.bySymbol.set(extension.typeName, extension.file);
  const known = index.byExtendee.get(extension.extendee.typeName) ?? [];
  index.byExtendee.set(extension.extendee.typeName, [...known, extension]);
}

function withDependencies(roots: readonly DescFile[]): Set<DescFile> {
  const files = new Set<DescFile>(roots);
  // A set goes on over what is added while it is walked.
  for (const file of files) for (const dependency of file.dependencies) files.add(dependency);
  return files;
}

function importersFirst(root: DescFile): DescFile[] {
  const files = new Set<DescFile>();
  const visit = (file: DescFile) => {
    if (files.has(file)) return;
    for (const dependency of file.dependencies) visit(dependency);
    files.add(file);
  };
  visit(root);
  return [...files].reverse();
}

function fileAnswer(file: DescFile | undefined, index: Index, what: string): Answer {
  if (file === undefined) return failure(NOT_FOUND, `${what} is not known here`);
  return {
    case: "fileDescriptorResponse",
    value: {
      $typeName: "grpc.reflection.v1.FileDescriptorResponse",
      fileDescriptorProto: index.closure(file),
    },
  };
}

function failure(errorCode: number, errorMessage: string): Answer {
  return {
    case: "errorResponse",
    value: { $typeName: "grpc.reflection.v1.ErrorResponse", errorCode, errorMessage },
  };
}

function serviceNamed(name: string) {
  return { $typeName: "grpc.reflection.v1.ServiceResponse", name } as const;
}
