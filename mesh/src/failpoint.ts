import { existsSync, readFileSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { createCounter } from "./telemetry/metrics.ts";
import { activeOperation } from "./telemetry/spans.ts";

/** `<service>.<where>`: a line of a service at which a crash would hurt. */
export type FailpointName = `${string}.${string}`;

/** What the mesh itself does at a place that a test may choose, by what is done or told there. */
export type Position = "before-commit" | "after-commit" | "after-publish" | "before-ack";

/** What happens at a place, and at the how-manyth time that a process gets there. */
type Order = { readonly effect: "crash" | "hang"; readonly time: number };

const met = createCounter("mesh.failpoints.met", "Places passed at which a test may let a process die.");
let reach: ((place: string) => void) | undefined;

/**
 * A line at which a crash would hurt. Nothing, unless a test watches it: then it may end the process here as by a power
 * cut, or stop it as by a pause of its machine.
 */
export function failpoint(name: FailpointName): void {
  reach?.(name);
}

/** As failpoint, for a place whose name is made only where somebody watches. */
export function failpointAt(nameOf: () => string): void {
  reach?.(nameOf());
}

/** A place of the mesh's own: `<what>/<position>`, a commit's by the operation that commits. */
export function position(at: Position, whatOf: () => string = activeOperation): void {
  reach?.(`${whatOf() || "background"}/${at}`);
}

/** Whether a test watches this process. */
export function isWatched(): boolean {
  return reach !== undefined;
}

/**
 * Watches every place from now on, in development only. The test puts a file named after a place (URL-encoded) into
 * `folder`: "crash" or nothing, "hang" (SIGSTOP: a test lets it go on by SIGCONT), either with "@3" for the third time that
 * one process gets there. Whoever takes the file away does it, so it happens once in a mesh.
 */
export function watchFailpoints(folder: string): void {
  const times = new Map<string, number>();
  reach = (place) => {
    met.add(1, { place });
    const file = join(folder, encodeURIComponent(place));
    if (!existsSync(file)) return;
    const time = (times.get(file) ?? 0) + 1;
    times.set(file, time);
    const order = readOrder(file);
    if (order === undefined || time < order.time || !isTaken(file)) return;
    process.kill(process.pid, order.effect === "crash" ? "SIGKILL" : "SIGSTOP");
  };
}

function readOrder(file: string): Order | undefined {
  const [effect, time = "1"] = orNothing(() => readFileSync(file, "utf8"))?.split("@") ?? [];
  return effect === undefined ? undefined : { effect: effect === "hang" ? "hang" : "crash", time: Number(time) };
}

function isTaken(file: string): boolean {
  return orNothing(() => (unlinkSync(file), true)) ?? false;
}

/** Undefined where the file is gone: another process took it. */
function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
