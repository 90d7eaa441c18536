import { existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const largestLogBytes = 10_000_000;

/** A log to write to, at its end. One that has grown large is put aside first. */
export function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file) && statSync(file).size > largestLogBytes) renameSync(file, `${file}.1`);
  const log = openSync(file, "a", 0o600);
  writeSync(log, `--- started ${new Date().toISOString()}\n`);
  return log;
}

/** Writes what the program itself does not know of its start. */
export function noteIn(log: number, words: string): void {
  writeSync(log, `--- ${words}\n`);
}

/** What a program said last, from that byte on: where it tells of an error the first such line, else its last line. */
export function lastWords(file: string, offset: number): string | undefined {
  const text = readFileSync(file).subarray(offset).toString("utf8");
  const said = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(at |Node\.js v|\^|[{}]|--- )/.test(line))
    .slice(-40);
  return (said.find((line) => /^\w*Error\b.*: /.test(line)) ?? said.at(-1))?.slice(0, 300);
}
