import { dependencyNames, type Pins } from "./folder.ts";
import type { Names } from "./names.ts";

type LockEntry = {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
};

/** package-lock.json, as far as it is looked at. */
export type Lock = { readonly packages: Readonly<Record<string, LockEntry>> };

/** The versions that the lock pins for what a service needs: npm's, or the workspace's own. Throws for a missing one. */
export function pinsIn({ packages }: Lock): Pins {
  return Object.fromEntries(
    dependencyNames.map((name) => {
      const entry = packages[`node_modules/${name}`];
      const version = entry?.link === true ? packages[entry.resolved ?? ""]?.version : entry?.version;
      if (version === undefined) throw new Error(`package-lock.json pins no ${name}: run npm ci on a whole clone`);
      return [name, version];
    }),
  );
}

/** The lock with the new workspace in it, in npm's own order: without it `npm ci` refuses the checkout. */
export function withWorkspace<L extends Lock>(lock: L, { noun }: Names): L {
  const folder = `services/${noun}`;
  const added: Record<string, object> = {
    ...lock.packages,
    [`node_modules/@shopmesh/${noun}`]: { resolved: folder, link: true },
    [folder]: { name: `@shopmesh/${noun}`, version: "0.1.0", dependencies: pinsIn(lock) },
  };
  const sorted = Object.entries(added).sort(([left], [right]) => left.localeCompare(right, "en"));
  return { ...lock, packages: Object.fromEntries(sorted) };
}
