import { PayPalRefusal } from "./refusal.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** What is at a path of the body; undefined where there is nothing. */
export function fieldAt(body: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (present, name) => (typeof present === "object" && present !== null ? (present as Fields)[name] : undefined),
    body,
  );
}

export function textAt(body: unknown, ...path: readonly (string | number)[]): string {
  const found = fieldAt(body, ...path);
  return typeof found === "string" ? found : "";
}

/** The body as an object. Throws MALFORMED_REQUEST_JSON. */
export function parseBody(body: Buffer): Fields {
  if (body.length === 0) return {};
  try {
    const parsed: unknown = JSON.parse(body.toString());
    if (typeof parsed === "object" && parsed !== null) return { ...parsed };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new PayPalRefusal(400, "INVALID_REQUEST", "MALFORMED_REQUEST_JSON", "The request JSON is not well formed.");
}
