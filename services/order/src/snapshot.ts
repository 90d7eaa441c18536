/** A snapshot as text: `minorUnits` is the one bigint in it, written as a string. */
export function writeSnapshot(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? part.toString() : part));
}

/** What writeSnapshot wrote. `T` is what the caller wrote. */
export function readSnapshot<T>(text: string): T {
  return JSON.parse(text, (name, part: unknown) =>
    name === "minorUnits" && typeof part === "string" ? BigInt(part) : part,
  ) as T;
}
