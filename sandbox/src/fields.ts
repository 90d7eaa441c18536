/** A JSON object of unknown shape, read by the functions below. */
export type Json = Readonly<Record<string, unknown>>;

/** The object in a body; undefined where it is no JSON. */
export function readJson(body: Buffer): Json | undefined {
  try {
    return toJson(JSON.parse(body.toString()));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The object at the path, or an empty one. */
export function objectAt(json: Json, ...path: readonly string[]): Json {
  return toJson(path.reduce<unknown>((value, name) => toJson(value)[name], json));
}

export function objectsAt(json: Json, ...path: readonly string[]): readonly Json[] {
  const value = path.reduce<unknown>((parent, name) => toJson(parent)[name], json);
  return Array.isArray(value) ? value.map(toJson) : [];
}

/** The text at the path; numbers are taken as text, for clients send postal codes both ways. */
export function textAt(json: Json, ...path: readonly string[]): string | undefined {
  const value = path.reduce<unknown>((parent, name) => toJson(parent)[name], json);
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

export function numberAt(json: Json, ...path: readonly string[]): number | undefined {
  const value = Number(textAt(json, ...path) ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}

export function toJson(value: unknown): Json {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
