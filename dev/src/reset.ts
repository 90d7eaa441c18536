import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "./paths.ts";
import { stopMesh } from "./stop.ts";
import { megabytes } from "./table.ts";

/** `npm run reset`: ends this clone's mesh and forgets its data, keys and logs. */
export async function main(): Promise<number> {
  const stopped = await stopMesh(stateFolder);
  if (stopped.length > 0) process.stdout.write(`stopped: ${stopped.join(", ")}\n`);
  if (!existsSync(stateFolder)) {
    process.stdout.write("nothing to remove: there is no .shopmesh\n");
    return 0;
  }
  process.stdout.write(
    `removing .shopmesh (${megabytes(sizeOf(stateFolder))}): databases, keys, stored files, mails, logs\n`,
  );
  rmSync(stateFolder, { recursive: true, force: true });
  process.stdout.write(
    "removed; the next npm start begins anew. Servers that DATABASE_URL, NATS_URL or REDIS_URL name are not touched\n",
  );
  return 0;
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((total, entry) => total + statSync(join(entry.parentPath, entry.name)).size, 0);
}
