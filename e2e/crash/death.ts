import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { TestMesh } from "../../dev/src/testing.ts";

/** Lets a process of a mesh die at a place that its program names (mesh/src/host/failpoints.ts). */
export type Reaper = {
  /** For startMesh: tells every process where to look. */
  readonly environment: Readonly<Record<string, string>>;
  /** The next to reach `place` dies there. Resolves when the process of `service` has died and is ready again. */
  await(mesh: TestMesh, service: string, place: string): Promise<void>;
  /** Removes what it made. */
  close(): void;
};

const DIES_WITHIN_MS = 45_000;
const LOOK_AGAIN_MS = 20;

/** A reaper with a file of its own. */
export function openReaper(): Reaper {
  const folder = mkdtempSync(join(tmpdir(), "shopmesh-failpoint-"));
  const file = join(folder, "place");
  return {
    environment: { FAILPOINT_FILE: file },
    async await(mesh, service, place) {
      const name = mesh.processOf(service);
      const pidBefore = pidOf(mesh, name);
      writeFileSync(file, place);
      const limit = Date.now() + DIES_WITHIN_MS;
      while (existsSync(file) || [pidBefore, undefined].includes(pidOf(mesh, name))) {
        if (Date.now() > limit) {
          rmSync(file, { force: true });
          throw new Error(`${name} did not die at ${place}`);
        }
        await delay(LOOK_AGAIN_MS);
      }
      await mesh.restarted(name);
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function pidOf(mesh: TestMesh, name: string): number | undefined {
  return mesh.processes.find((process) => process.name === name)?.pid;
}
