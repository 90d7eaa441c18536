import { type Duration, durationFromMs, durationMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ClockService } from "@shopmesh/contracts/shop/mesh/v1/clock_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Handlers } from "../handler.ts";
import type { VirtualClock } from "./virtual-clock.ts";

const MAX_ADVANCE_MS = 400 * 24 * 3_600_000;

/** ClockService: shows the mesh's time, and moves it in development. */
export function clockHandlers(clock: VirtualClock, isDevelopment: boolean): Handlers<typeof ClockService> {
  return {
    getTime: async () => ({
      now: timestampFromMs(clock.clock()),
      offset: durationFromMs(clock.offsetMs()),
    }),
    async advance({ by }) {
      if (!isDevelopment) throw new DomainError("precondition", "CLOCK_NOT_VIRTUAL");
      return { now: timestampFromMs(await clock.advance(advanceOf(by))) };
    },
  };
}

function advanceOf(by: Duration | undefined): number {
  const byMs = by === undefined ? 0 : durationMs(by);
  if (byMs >= 1 && byMs <= MAX_ADVANCE_MS) return byMs;
  const violation = {
    field: "by",
    description: "must be more than zero and at most 400 days",
    rule: "advance.by",
  };
  throw new DomainError("invalid", "VALIDATION_FAILED", { field: "by" }, { violations: [violation] });
}
