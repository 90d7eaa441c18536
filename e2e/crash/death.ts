import { existsSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { TestMesh } from "../../dev/src/testing.ts";
import { requireKnown } from "./places.ts";

/** Lets processes of a mesh die at places that their programs name (mesh/src/failpoint.ts). */
export type Reaper = {
  /** For startMesh: tells every process where to look. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whoever reaches one of `places` dies there, once at each; with "crash@3" at its third time, with "hang" it stops. Throws for a named place that is none. */
  arm(places: readonly string[], order?: `${"crash" | "hang"}${"" | `@${number}`}`): void;
  /** The places of `places` where nobody has died yet. */
  left(places: readonly string[]): readonly string[];
  /** Nobody is to die at them any more. */
  disarm(places: readonly string[]): void;
  /** Removes what it made. */
  close(): void;
};

const LOOK_AGAIN_MS = 20;
const DIES_WITHIN_MS = 10_000;

/** A reaper with a folder of its own. */
export function openReaper(): Reaper {
  const folder = mkdtempSync(join(tmpdir(), "shopmesh-failpoints-"));
  const fileOf = (place: string) => join(folder, encodeURIComponent(place));
  return {
    environment: { FAILPOINTS: folder },
    arm(places, order = "crash") {
      requireKnown(places);
      for (const place of places) {
        // Whole when it appears: whoever is there reads it at once.
        const draft = join(folder, ".draft");
        writeFileSync(draft, order);
        renameSync(draft, fileOf(place));
      }
    },
    left: (places) => places.filter((place) => existsSync(fileOf(place))),
    disarm(places) {
      for (const file of places.map(fileOf).filter(existsSync)) unlinkSync(file);
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Resolves when each process of the mesh that runs now is ready, those that died just before too. */
export async function allBack(mesh: TestMesh): Promise<void> {
  for (const { name } of mesh.processes) await mesh.restarted(name);
}

/** kill -9 of the process of `service`; resolves when another is ready in its place. */
export async function killAndWait(mesh: TestMesh, service: string): Promise<void> {
  const name = mesh.processOf(service);
  const pidOf = () => mesh.processes.find((process) => process.name === name)?.pid;
  const before = pidOf();
  await mesh.kill(name);
  const limit = Date.now() + DIES_WITHIN_MS;
  while (pidOf() === before || pidOf() === undefined) {
    if (Date.now() > limit) throw new Error(`${name} was not started again`);
    await delay(LOOK_AGAIN_MS);
  }
  await mesh.restarted(name);
}
