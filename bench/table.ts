import type { Claim, Figure } from "./figures.ts";
import type { Report } from "./run.ts";

/** What was measured, for people. */
export function describeReport({ figures, claims, skipped, elapsedMs }: Report): string {
  return [
    table(
      ["one of", "CPU ms", "× N", "p50 ms", "p99 ms", "where the CPU went, ms"],
      figures.map((figure) => [
        figure.name,
        figure.totalCpuMs.toFixed(3),
        figure.multiple.toFixed(1),
        figure.latency.p50.toFixed(2),
        figure.latency.p99.toFixed(2),
        splitOf(figure),
      ]),
    ),
    ...figures.flatMap(countsOf),
    ...figures.flatMap(paceOf),
    table(
      ["promise", "measured", "at most", ""],
      claims.map((claim) => [claim.promise, amount(claim.value, claim), amount(claim.limit, claim), verdict(claim)]),
    ),
    ...skipped.map((name) => `left out, the time was over: ${name}`),
    `${(elapsedMs / 1_000).toFixed(0)} s. N is the echo's server beside the same figures; the machine is shared, so trust × N, not ms.`,
  ].join("\n\n");
}

function splitOf({ cpu }: Figure): string {
  return Object.entries(cpu)
    .filter(([, ms]) => ms >= 0.0005)
    .sort(([, one], [, other]) => other - one)
    .map(([name, ms]) => `${name} ${ms >= 1 ? ms.toFixed(1) : ms.toFixed(3)}`)
    .join(" · ");
}

function countsOf({ name, counts, followingCpuMs, echoMs }: Figure): readonly string[] {
  if (counts === undefined || followingCpuMs === undefined) return [];
  const { statements, commits, rpcs, following, loops } = counts;
  const one = (count: number): string => count.toFixed(1);
  return [
    `${name}: ${one(statements)} SQL statements, ${one(commits)} commits, ${one(rpcs)} RPCs up to the reply; after it ` +
      `(consumers, mail, parcels) ${one(following.statements)}, ${one(following.commits)}, ${one(following.rpcs)}, ` +
      `of relays and other loops ${one(loops.statements)} and ${one(loops.commits)}, ` +
      `and ${followingCpuMs.toFixed(1)} ms = ${(followingCpuMs / echoMs).toFixed(0)} N`,
  ];
}

function paceOf({ name, everyMs }: Figure): readonly string[] {
  return everyMs === undefined ? [] : [`${name}: ${(1_000 / everyMs).toFixed(0)} a second`];
}

function amount(value: number, { unit }: Claim): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`.trim();
}

function verdict({ isHeld }: Claim): string {
  return isHeld ? "held" : "MISSED";
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : pad(cell, column, head, widths)))
      .join("  ");
  return all.map(line).join("\n");
}

// Numbers stand under each other's last digit; the last column is words.
function pad(cell: string, column: number, head: readonly string[], widths: readonly number[]): string {
  return column === head.length - 1 ? cell : cell.padStart(widths[column] ?? 0);
}
