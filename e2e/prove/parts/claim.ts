import type { Claim } from "../proof.ts";

/** What was measured, by name: a number, a text, or a list of which the commonest are told. */
export type Measured = Readonly<Record<string, number | string | readonly string[]>>;

const SHOWN = 5;

/** A claim with what was measured in words. */
export function claim(sentence: string, holds: boolean, measured: Measured): Claim {
  const words = Object.entries(measured).map(([name, value]) => `${name} ${wordOf(value)}`);
  return { claim: sentence, holds, measured: words.join(", ") };
}

/** "298 of 300 (99.3 %)". */
export function share(part: number, whole: number): string {
  return `${part} of ${whole} (${whole === 0 ? "–" : ((100 * part) / whole).toFixed(1)} %)`;
}

function wordOf(value: Measured[string]): string {
  if (typeof value === "number" || typeof value === "string") return String(value);
  if (value.length === 0) return "0";
  const counts = new Map<string, number>();
  for (const word of value) counts.set(word, (counts.get(word) ?? 0) + 1);
  const kinds = [...counts].sort(([, left], [, right]) => right - left);
  const shown = kinds.slice(0, SHOWN).map(([word, count]) => (count === 1 ? word : `${count} × ${word}`));
  return `${value.length} (${shown.join("; ")}${kinds.length > SHOWN ? "; …" : ""})`;
}
