import type { Topology } from "../dev/src/topology.ts";
import type { Figure } from "./figures.ts";
import { openJson } from "./http.ts";
import { type Cost, measure, shortExtent } from "./load.ts";
import { startPeer } from "./peer.ts";
import { totalMs } from "./processor.ts";

/** What can be asked for alone. */
export const parts = ["hop", "commit", "event", "holds", "edge", "checkout", "pace"] as const;
export type Part = (typeof parts)[number];

export type BenchOptions = {
  readonly only: readonly Part[];
  readonly topologies: readonly Topology[];
  readonly profileFolder: string | undefined;
  readonly say: (line: string) => void;
};

/** One run: what is wanted of it, N, and what it has come to. */
export type Run = BenchOptions & {
  readonly echo: Echo;
  readonly figures: Figure[];
  readonly skipped: string[];
  /** Whether there is time for so many meshes more. */
  readonly hasTime: (count: number) => boolean;
  slowestMeshMs: number;
};

/** The bare server that N is measured by. */
export type Echo = {
  readonly measure: () => Promise<Cost>;
  /** The mean of the last two measured. */
  readonly latestMs: () => number;
  stop(): Promise<void>;
};

/** Starts it, a process of its own. */
export async function startEcho(): Promise<Echo> {
  const peer = startPeer("echo", []);
  const { port } = await peer.ask({ kind: "listen" });
  const client = openJson(`http://127.0.0.1:${port}`);
  const body = { id: "01890a5d-ac96-774b-bcce-b302099a8057", name: "a small thing", quantity: 2 };
  const latest: number[] = [];
  return {
    async measure() {
      const cost = await measure({ server: peer.pid }, () => client.post("/", body), shortExtent);
      latest.unshift(totalMs(cost.cpu));
      latest.splice(2);
      return cost;
    },
    latestMs: () => latest.reduce((sum, ms) => sum + ms, 0) / latest.length,
    async stop() {
      client.close();
      await peer.stop();
    },
  };
}

/** Measures N before and after: on a machine that others share it drifts within a minute. */
export async function besideEcho<T>({ echo }: Run, work: () => Promise<T>): Promise<T> {
  await echo.measure();
  const result = await work();
  await echo.measure();
  return result;
}

/** What was measured, as a multiple of the N beside it. */
export function figureOf({ echo }: Run, name: string, { cpu, latency }: Pick<Cost, "cpu" | "latency">): Figure {
  const total = totalMs(cpu);
  const echoMs = echo.latestMs();
  return { name, cpu, totalCpuMs: total, echoMs, multiple: total / echoMs, latency };
}

/** Whether that part is asked for. */
export function wants({ only }: BenchOptions, part: Part): boolean {
  return only.length === 0 || only.includes(part);
}
