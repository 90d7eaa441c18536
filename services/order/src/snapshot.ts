/** A snapshot as text: `minorUnits` is the one bigint in it, written as a string. */
export function writeSnapshot(value: unknown): string {
  return JSON.stringify(written(value));
}

/** What writeSnapshot wrote. `T` is what the caller wrote. */
export function readSnapshot<T>(text: string): T {
  const value: unknown = JSON.parse(text);
  revive(value);
  return value as T;
}

// By hand: JSON's own replacer and reviver are called for every part, and cost several times as much.
function written(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(written);
  const parts: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) parts[name] = written(part);
  return parts;
}

function revive(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const parts = value as Record<string, unknown>;
  for (const name of Object.keys(parts)) {
    const part = parts[name];
    if (name === "minorUnits" && typeof part === "string") parts[name] = BigInt(part);
    else revive(part);
  }
}
