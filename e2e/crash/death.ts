import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { TestMesh } from "../../dev/src/testing.ts";

/** Lets processes of a mesh die at places that their programs name (mesh/src/host/failpoints.ts). */
export type Reaper = {
  /** For startMesh: tells every process where to look. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whoever reaches one of `places` dies there, once at each. */
  arm(places: readonly string[]): void;
  /** The places of `places` where nobody has died yet. */
  left(places: readonly string[]): readonly string[];
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
    arm(places) {
      for (const place of places) writeFileSync(fileOf(place), "");
    },
    left: (places) => places.filter((place) => existsSync(fileOf(place))),
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
