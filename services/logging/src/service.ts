import { LoggingService } from "@shopmesh/contracts/shop/logging/v1/logging_service_pb.ts";
import { defineService, implement, integer, text } from "@shopmesh/mesh";
import { createReceiver } from "./effects.ts";
import { loggingHandlers } from "./handlers.ts";
import { createTraceStore } from "./trace-store.ts";

/** Keeps what the mesh did lately, in memory, and shows it. */
export const logging = defineService({
  name: "logging",
  contracts: [LoggingService],
  config: {
    otlpHost: text("OTLP_HOST", "127.0.0.1"),
    otlpPort: integer("OTLP_PORT", { min: 0, max: 65_535 }, 4318),
    maxSpans: integer("LOGGING_MAX_SPANS", { min: 1_000, max: 5_000_000 }, 80_000),
    maxMegabytes: integer("LOGGING_MAX_MB", { min: 1, max: 4_096 }, 64),
    maxAgeMinutes: integer("LOGGING_MAX_AGE_MINUTES", { min: 1, max: 10_080 }, 360),
  },
  start({ config, log }) {
    const store = createTraceStore({
      maxSpans: config.maxSpans,
      maxBytes: config.maxMegabytes * 1_048_576,
      maxSpansPerTrace: 2_000,
      maxLogLinesPerTrace: 500,
      maxAgeMs: config.maxAgeMinutes * 60_000,
    });
    // Real time, not the mesh's clock: a virtual clock moved by a month must not forget the trace that moved it.
    const receiver = createReceiver({
      host: config.otlpHost,
      port: config.otlpPort,
      log,
      onSpans: (spans) => store.addSpans(spans, Date.now()),
      onLogLines: (lines) => store.addLogLines(lines, Date.now()),
    });
    return { implementations: [implement(LoggingService, loggingHandlers(store))], effects: [receiver] };
  },
});
