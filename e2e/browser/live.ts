import { setTimeout as delay } from "node:timers/promises";
import type { TestMesh } from "../../dev/src/testing.ts";

/** What a gateway carries: clients' live streams, and the topics on them. */
export type Carried = { readonly streams: number; readonly topics: number };

const WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 100;

/** Resolves when the mesh's gateway, by its own count, carries just that. Throws after a minute. */
export async function carries(mesh: TestMesh, wanted: Carried): Promise<void> {
  const limit = Date.now() + WITHIN_MS;
  for (;;) {
    const now = await carriedNow(mesh);
    if (now?.streams === wanted.streams && now.topics === wanted.topics) return;
    if (Date.now() > limit)
      throw new Error(`the gateway carries ${JSON.stringify(now)}, not ${JSON.stringify(wanted)}`);
    await delay(LOOK_AGAIN_MS);
  }
}

async function carriedNow(mesh: TestMesh): Promise<Carried | undefined> {
  const text = await (await fetch(`${mesh.operationsUrl(mesh.processOf("gateway"))}/metrics`)).text();
  const read = (kind: string) => new RegExp(`^live_open\\{[^}]*kind="${kind}"[^}]*\\} (\\d+)`, "m").exec(text)?.[1];
  const [streams, topics] = [read("streams"), read("topics")];
  return streams === undefined || topics === undefined
    ? undefined
    : { streams: Number(streams), topics: Number(topics) };
}
