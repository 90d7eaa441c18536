import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../paths.ts";

/** A line of docs/rules.md: a rule, and the test that proves it; without a file the title says why there is none. */
export type RuleLine = { readonly line: number; readonly file: string; readonly title: string };

/** The rows of the tables of docs/rules.md. */
export function readRules(text: string): readonly RuleLine[] {
  return text.split("\n").flatMap((row, index) => {
    const [, , file, title] = row.split(" | ").length < 3 ? [] : ["", ...row.replaceAll(/^\| | \|$/g, "").split(" | ")];
    if (file === undefined || title === undefined || file === "test") return [];
    return { line: index + 1, file: plain(file), title: plain(title) };
  });
}

/** What is named and is not there; `read` gives a file's text, or undefined. */
export function missingTests(
  rules: readonly RuleLine[],
  read: (file: string) => string | undefined,
): readonly string[] {
  return rules.flatMap(({ line, file, title }) => {
    if (file === "–") return [];
    const text = read(file);
    if (text === undefined) return [`docs/rules.md:${line}: there is no ${file}`];
    return isTitle(text, title) ? [] : [`docs/rules.md:${line}: ${file} has no test "${title}"`];
  });
}

function isTitle(text: string, title: string): boolean {
  return [`"${title}"`, `\`${title}\``].some((quoted) => text.includes(quoted));
}

function plain(cell: string): string {
  return cell.replaceAll(/^`|`$/g, "").trim();
}

if (import.meta.main) {
  const rules = readRules(readFileSync(join(root, "docs", "rules.md"), "utf8"));
  const missing = missingTests(rules, (file) => {
    const path = join(root, file);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  });
  for (const text of missing) console.error(text);
  console.error(`rules: ${rules.length} tests named, ${missing.length} of them missing`);
  process.exitCode = missing.length === 0 && rules.length > 0 ? 0 : 1;
}
