/** One line of a Dockerfile: "COPY", "kernel ./kernel". */
export type Instruction = { readonly name: string; readonly text: string };

/** What one FROM begins. */
export type Stage = { readonly name: string; readonly base: string; readonly instructions: readonly Instruction[] };

/** A COPY as it is meant. */
export type Copy = { readonly from: string | undefined; readonly sources: readonly string[]; readonly target: string };

/** The stages of a Dockerfile, in their order; arguments before the first FROM are put in where it names them. */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  const values = new Map<string, string>();
  for (const instruction of instructionsOf(text)) {
    if (instruction.name === "FROM") {
      const [, image = "", name = String(stages.length)] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(instruction.text) ?? [];
      const base = image.replace(/\$\{(\w+)\}/g, (_, argument: string) => values.get(argument) ?? "");
      stages.push({ name, base, instructions: [] });
    } else if (stages.length > 0) {
      stages.at(-1)?.instructions.push(instruction);
    } else if (instruction.name === "ARG") {
      const [argument = "", ...value] = instruction.text.split("=");
      values.set(argument, value.join("="));
    }
  }
  return stages;
}

/** The parts of a COPY. */
export function parseCopy(text: string): Copy {
  const words = text.split(/\s+/);
  const flags = words.filter((word) => word.startsWith("--"));
  const paths = words.filter((word) => !word.startsWith("--"));
  const from = flags.find((flag) => flag.startsWith("--from="))?.slice("--from=".length);
  return { from, sources: paths.slice(0, -1), target: paths.at(-1) ?? "" };
}

/** The words of an instruction in its JSON form; undefined where it is in another. */
export function jsonWords(text: string): readonly string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  const words: unknown = JSON.parse(text);
  return Array.isArray(words) ? words.map(String) : undefined;
}

/** Whether `.dockerignore` keeps a file (its path below the context) out of the build: the last line that fits decides. */
export function readDockerignore(text: string): (path: string) => boolean {
  const rules = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ isKept: line.startsWith("!"), pattern: patternOf(line.replace(/^!/, "")) }));
  return (path) => rules.reduce((ignored, { isKept, pattern }) => (pattern.test(path) ? !isKept : ignored), false);
}

function patternOf(line: string): RegExp {
  const source = line
    .replace(/^\/|\/$/g, "")
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(
      /\*\*\/|\*\*|\*|\?/g,
      (sign) => ({ "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" })[sign] ?? sign,
    );
  return new RegExp(`^${source}(?:/|$)`);
}

function instructionsOf(text: string): readonly Instruction[] {
  return text
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("#"))
    .join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => /^\s*(\w+)\s+(.*\S)\s*$/.exec(line))
    .flatMap((match) => (match === null ? [] : [{ name: (match[1] ?? "").toUpperCase(), text: match[2] ?? "" }]));
}
