import { networksIn } from "./client-address.ts";
import { checked, integer, text, url } from "@shopmesh/mesh";

/** What the door is told; docs/runbook.md says what each is for. */
export const settings = {
  host: text("GATEWAY_HOST", "127.0.0.1"),
  port: integer("PORT", { min: 0, max: 65_535 }, 8080),
  publicUrl: url("PUBLIC_URL", ["http:", "https:"], "http://localhost:8080"),
  webFolder: text("WEB_FOLDER", ""),
  corsOrigins: checked("CORS_ORIGINS", originsIn, ""),
  liveStreams: integer("LIVE_STREAMS", { min: 1, max: 100_000 }, 5_000),
  /** Networks of the proxies whose X-Forwarded-For is believed; none by default. */
  trustedProxies: checked("TRUSTED_PROXIES", networksIn, ""),
  /** Requests of one address in a minute. */
  perAddress: integer("RATE_LIMIT_PER_ADDRESS", { min: 1, max: 10_000_000 }, 6_000),
  /** Calls of one person, program or guest in a minute. */
  perPrincipal: integer("RATE_LIMIT_PER_PRINCIPAL", { min: 1, max: 10_000_000 }, 1_200),
  /** Every rate limit is so many times as high; more than 1 only for development and load tests. */
  rateLimitFactor: integer("RATE_LIMIT_FACTOR", { min: 1, max: 100_000 }, 1),
  drainMs: integer("DRAIN_MS", { min: 0, max: 120_000 }, 15_000),
  maxConnections: integer("GATEWAY_MAX_CONNECTIONS", { min: 1, max: 1_000_000 }, 5_000),
  maxConnectionsPerAddress: integer("GATEWAY_MAX_CONNECTIONS_PER_ADDRESS", { min: 1, max: 1_000_000 }, 500),
  maxStreams: integer("GATEWAY_MAX_STREAMS", { min: 1, max: 10_000 }, 100),
  maxHeaderBytes: integer("GATEWAY_MAX_HEADER_BYTES", { min: 1_024, max: 1_048_576 }, 16_384),
  maxHeaders: integer("GATEWAY_MAX_HEADERS", { min: 10, max: 2_000 }, 100),
  headersTimeoutMs: integer("GATEWAY_HEADERS_TIMEOUT_MS", { min: 100, max: 600_000 }, 10_000),
  bodyTimeoutMs: integer("GATEWAY_BODY_TIMEOUT_MS", { min: 100, max: 600_000 }, 60_000),
  idleTimeoutMs: integer("GATEWAY_IDLE_TIMEOUT_MS", { min: 100, max: 3_600_000 }, 75_000),
  stallMs: integer("GATEWAY_STALL_TIMEOUT_MS", { min: 100, max: 600_000 }, 30_000),
  resetBurst: integer("GATEWAY_RESET_BURST", { min: 1, max: 100_000 }, 100),
  resetsPerSecond: integer("GATEWAY_RESETS_PER_SECOND", { min: 1, max: 100_000 }, 10),
  controlBurst: integer("GATEWAY_CONTROL_BURST", { min: 10, max: 100_000 }, 500),
  controlsPerSecond: integer("GATEWAY_CONTROLS_PER_SECOND", { min: 1, max: 100_000 }, 50),
};

/** Origins with commas between them: "https://shop.example.com,https://partner.example". Throws an Error for another text. */
export function originsIn(list: string): ReadonlySet<string> {
  const origins = list.split(",").map((part) => part.trim());
  for (const origin of origins) {
    if (origin !== "" && URL.parse(origin)?.origin !== origin) {
      throw new Error(`must be origins like https://shop.example.com, with commas between them, not "${origin}"`);
    }
  }
  return new Set(origins.filter((origin) => origin !== ""));
}
