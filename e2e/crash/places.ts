import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../dev/src/paths.ts";

/** A line that a service names by `failpoint("payment.after-charge")`, and where it is. */
export type NamedPlace = { readonly name: string; readonly file: string };

const CALL = /\bfailpoint\(\s*"([^"]+)"/g;

/** All that services name, read from their programs: a list kept by hand would be wrong some day. */
export function namedPlaces(): readonly NamedPlace[] {
  const services = join(root, "services");
  return readdirSync(services, { recursive: true, encoding: "utf8" })
    .filter((file) => /^[^/]+\/src\/.*[.]ts$/.test(file))
    .flatMap((file) =>
      Array.from(readFileSync(join(services, file), "utf8").matchAll(CALL), ([, name = ""]) => ({ name, file })),
    )
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/** Throws for a place that looks like a named one and is none: nobody would ever die there. */
export function requireKnown(places: readonly string[]): void {
  const known = namedPlaces().map(({ name }) => name);
  const unknown = places.filter((place) => /^[a-z]+[.][a-z-]+$/.test(place) && !known.includes(place));
  if (unknown.length > 0) throw new Error(`no failpoint ${unknown.join(", ")}; there are: ${known.join(", ")}`);
}
