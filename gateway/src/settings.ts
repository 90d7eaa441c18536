import { checked, integer, text, url } from "@shopmesh/mesh";

/** What the door is told; docs/runbook.md says what each is for. */
export const settings = {
  host: text("GATEWAY_HOST", "127.0.0.1"),
  port: integer("PORT", { min: 0, max: 65_535 }, 8080),
  publicUrl: url("PUBLIC_URL", ["http:", "https:"], "http://localhost:8080"),
  webFolder: text("WEB_FOLDER", ""),
  corsOrigins: checked("CORS_ORIGINS", originsIn, ""),
  liveStreams: integer("LIVE_STREAMS", { min: 1, max: 100_000 }, 5_000),
  drainMs: integer("DRAIN_MS", { min: 0, max: 120_000 }, 5_000),
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
