import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Where a clone keeps all that it makes: data, logs, state, keys. Git-ignored. */
export const stateFolder = join(root, ".shopmesh");

/** The pinned Node. */
export const nodeProgram = join(root, "node_modules", "node", "bin", "node");

/**
 * How a service's process is compiled and collected; deploy/Dockerfile has the same. V8's own ways are for a page on a phone or a
 * desktop (decision 0054):
 * - It notes the types that a function meets from its eighth call on. What a call passes is some thousand functions, each called a
 *   few times: noted from the first call they are compiled the sooner.
 * - It collects all of the heap whenever it has grown by a tenth, to keep it small. Here it may double first.
 * - Where much of what is allocated outlived a collection of the young, as while a process starts, it has put the like among the old
 *   ever since, where little lives longer than a call (decision 0059).
 * - It collects the young by several threads, which takes less time and more of the processors.
 */
export const nodeFlags = [
  "--no-lazy-feedback-allocation",
  "--heap-growing-percent=100",
  "--no-allocation-site-pretenuring",
  "--no-parallel-scavenge",
] as const;

const usualFolders = [
  "/usr/local/bin",
  "/usr/bin",
  "/bin",
  "/usr/local/sbin",
  "/usr/sbin",
  "/sbin",
  "/opt/homebrew/bin",
  "/opt/homebrew/sbin",
  "/opt/homebrew/opt/mariadb/bin",
  "/usr/local/opt/mariadb/bin",
];

/** The path of the first of `names` that is a program here, looking also where servers are put that no PATH names. */
export function findProgram(names: readonly string[], path = process.env["PATH"] ?? ""): string | undefined {
  const folders = [...path.split(delimiter), ...usualFolders].filter((folder) => folder !== "");
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file));
}
