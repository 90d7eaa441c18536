import type { TestMesh } from "../../../dev/src/testing.ts";

/** What the runtime does everywhere, and what services name: not the methods, which are around it. */
const WANTED =
  /\/(?:before-commit|after-commit|after-publish|before-ack)$|^[a-z]+[.][a-z-]+$|^[a-z-]+\/(?:undo )?[a-z-]+\/[a-z-]+$/;
const LINE = /^mesh_failpoints_met(?:_total)?\{.*?place="((?:[^"\\]|\\.)*)".*?\} (\d+)/gm;

/** How often each place was passed in the lives of the processes that run now. */
export async function placesPassed({ processes, operationsUrl }: TestMesh): Promise<ReadonlyMap<string, number>> {
  const texts = await Promise.all(
    processes
      .filter(({ services }) => services.length > 0)
      .map(async ({ name }) => (await fetch(`${operationsUrl(name)}/metrics`)).text()),
  );
  const passed = new Map<string, number>();
  for (const [, place = "", count = "0"] of texts.flatMap((text) => [...text.matchAll(LINE)])) {
    if (WANTED.test(place)) passed.set(place, (passed.get(place) ?? 0) + Number(count));
  }
  return passed;
}

/** The places passed between two readings, each once, in the order of their names. */
export function passedBetween(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): readonly string[] {
  return [...after]
    .filter(([place, count]) => count > (before.get(place) ?? 0))
    .map(([place]) => place)
    .toSorted();
}
