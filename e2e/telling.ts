import type { Outside } from "./outside.ts";
import { type Json, list, type Shop, text } from "./shop.ts";

/** What a story is told with. */
export type Teller = {
  readonly shop: Shop;
  readonly outside: Outside;
  readonly email: string;
  /** An administrator's session. */
  readonly admin: () => Promise<string>;
};

export function say(topic: string, sentence: string): void {
  process.stdout.write(`${topic.padEnd(12)}  ${sentence}\n`);
}

/** The amount in a field, for people. */
export function money(value: Json, name: string): string {
  return `${decimal(minorUnits(value, name))} ${text(value, name, "currencyCode")}`;
}

/** The amount in a field; zero is not written. */
export function minorUnits(value: Json, ...path: readonly string[]): number {
  return Number(text(value, ...path, "minorUnits") || "0");
}

export function decimal(amount: number): string {
  return (amount / 100).toFixed(2);
}

/** Says what happened, entry by entry, without what was `told` before. */
export function sayEntries(messages: readonly Json[], told: readonly Json[] = []): void {
  const entriesOf = (some: readonly Json[]) => some.flatMap((message) => list(message, "entries"));
  const known = new Set(entriesOf(told).map((entry) => text(entry, "sequence")));
  for (const entry of entriesOf(messages)) if (!known.has(text(entry, "sequence"))) say("live", text(entry, "summary"));
}

/** Throws where the mesh is not as the story says. */
export function expect(found: string | number | boolean, wanted: string | number | boolean, answer: Json): void {
  if (found !== wanted)
    throw new Error(`expected ${String(wanted)}, found ${String(found)}: ${JSON.stringify(answer)}`);
}
