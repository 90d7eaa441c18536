import { create, type DescService } from "@bufbuild/protobuf";
import { durationMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { FaultSchema, type FaultService } from "@shopmesh/contracts/shop/mesh/v1/fault_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Handlers } from "../handler.ts";
import { cutPage, readPage, textPart } from "../paging.ts";
import type { Faults } from "./faults.ts";

/** Whose faults are set: one service's, over its own contracts. */
export type FaultHandlersDeps = {
  readonly service: string;
  readonly contracts: readonly DescService[];
  /** Undefined outside development. */
  readonly faults: Faults | undefined;
};

const STANDARD_TTL_MS = 10 * 60_000;
const pages = { standard: 50, most: 200, key: [textPart] } as const;

/** FaultService of one service. */
export function faultHandlers({ service, contracts, faults }: FaultHandlersDeps): Handlers<typeof FaultService> {
  function open(asked: string): Faults {
    if (faults === undefined) throw new DomainError("precondition", "FAULTS_NOT_ALLOWED");
    // The gateway chooses the service by the field; whoever asks the wrong one learns it here.
    if (asked !== service) throw new DomainError("not-found", "SERVICE_NOT_FOUND", { service: asked });
    return faults;
  }
  return {
    async setFault({ name, method, effect, percent, count, ttl, ...request }) {
      const opened = open(request.service);
      requireMethod(contracts, method);
      const fault = create(FaultSchema, {
        service,
        name,
        method,
        effect,
        percent: percent === 0 ? 100 : percent,
        remainingCount: count,
        expireTime: timestampFromMs(Date.now() + (ttl === undefined ? STANDARD_TTL_MS : durationMs(ttl))),
      });
      await opened.set(fault);
      return { fault };
    },
    async listFaults(request) {
      const page = readPage(request, pages);
      const [after] = page.after ?? [];
      const found = open(request.service)
        .list(service)
        .filter(({ name }) => after === undefined || name > after);
      const { rows, nextPageToken } = cutPage(found, page, ({ name }) => [name]);
      return { faults: [...rows], nextPageToken };
    },
    async clearFaults(request) {
      return { clearedCount: await open(request.service).clear(service, request.names) };
    },
  };
}

/** Throws METHOD_UNKNOWN for what is neither a contract of the service nor a method of one. */
function requireMethod(contracts: readonly DescService[], wanted: string): void {
  const known = contracts.flatMap(({ typeName, methods }) => [
    typeName,
    ...methods.map(({ name }) => `${typeName}/${name}`),
  ]);
  if (wanted === "" || known.includes(wanted)) return;
  const violation = { field: "method", description: "is none of this service", rule: "method.known" };
  throw new DomainError("invalid", "METHOD_UNKNOWN", { field: "method", method: wanted }, { violations: [violation] });
}
