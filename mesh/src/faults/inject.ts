import { setTimeout as delay } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { trace } from "@opentelemetry/api";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";
import type { Fault, FaultLatency } from "@shopmesh/contracts/shop/mesh/v1/fault_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { MethodContract } from "../contract.ts";
import type { Interceptor } from "../interceptors/interceptor.ts";
import { errorOf } from "../status.ts";
import { createCounter } from "../telemetry/metrics.ts";
import type { Transport } from "../transport/transport.ts";
import type { Faults } from "./faults.ts";

const struck = createCounter("mesh.faults.struck", "Calls that a fault of FaultService has hit, by method and effect.");

/** Refuses and slows the calls that a fault hits, before their handler or after it; undefined without faults. */
export function faultInterceptor(contract: MethodContract, faults: Faults | undefined): Interceptor | undefined {
  if (faults === undefined) return undefined;
  return (next) => async (request, call) => {
    if (faults.isQuiet()) return next(request, call);
    const hitting = await faults.hitting(contract, "server");
    for (const fault of hitting.filter((each) => !isAfter(each))) await strike(fault, contract, call.signal);
    const answer = await next(request, call);
    for (const fault of hitting.filter(isAfter)) await strike(fault, contract, call.signal);
    return answer;
  };
}

/** `transport`, over which the methods that a fault hides cannot be reached. */
export function faultyTransport(transport: Transport, faults: () => Faults | undefined): Transport {
  async function reach(contract: MethodContract): Promise<void> {
    const found = faults();
    if (found === undefined || found.isQuiet()) return;
    const [fault] = await found.hitting(contract, "client");
    if (fault === undefined) return;
    tell(fault, contract);
    throw new DomainError("unavailable", "UNAVAILABLE", { fault: fault.name });
  }
  return {
    ...transport,
    async unary(contract, request, outgoing) {
      await reach(contract);
      return transport.unary(contract, request, outgoing);
    },
    async *stream(contract, request, outgoing) {
      await reach(contract);
      yield* transport.stream(contract, request, outgoing);
    },
  };
}

async function strike(fault: Fault, contract: MethodContract, signal: AbortSignal): Promise<void> {
  tell(fault, contract);
  const { effect } = fault;
  if (effect.case === "latency") {
    // Whoever left, or is past the deadline, waits for nothing.
    await delay(latencyMs(effect.value), undefined, { signal }).catch(() => undefined);
  } else if (effect.case === "error") {
    const { code, reason } = effect.value;
    const metadata = { fault: fault.name };
    const info = create(ErrorInfoSchema, { reason: reason || "FAULT_INJECTED", domain: "shopmesh", metadata });
    throw errorOf(code, `the fault "${fault.name}" was asked for`, info);
  }
}

function latencyMs({ least, most }: FaultLatency): number {
  const leastMs = least === undefined ? 0 : durationMs(least);
  const mostMs = most === undefined ? leastMs : durationMs(most);
  return leastMs + Math.random() * Math.max(0, mostMs - leastMs);
}

function isAfter({ effect }: Fault): boolean {
  return effect.case !== "unreachable" && effect.value?.afterEffect === true;
}

function tell({ name, effect }: Fault, { path }: MethodContract): void {
  trace.getActiveSpan()?.addEvent("fault", { "shop.fault": name, "shop.fault.effect": effect.case ?? "" });
  struck.add(1, { method: path.slice(1), effect: effect.case ?? "" });
}
