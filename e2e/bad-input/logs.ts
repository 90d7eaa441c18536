import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The lines of a mesh's logs that say somebody must look: level error and above. */
export function errorLines(logsFolder: string): readonly string[] {
  return readdirSync(logsFolder)
    .filter((file) => file.endsWith(".log"))
    .flatMap((file) => readFileSync(join(logsFolder, file), "utf8").split("\n"))
    .filter((line) => /"level":\s*(?:"(?:error|fatal)"|[56]0)/.test(line));
}
