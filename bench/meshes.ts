import { join } from "node:path";
import type { Topology } from "../dev/src/topology.ts";
import { type CheckoutCost, type Checkouts, openCheckouts, warmUp } from "./checkout.ts";
import { besideEcho, figureOf, type Run, wants } from "./context.ts";
import { type Edge, openEdge } from "./edge.ts";
import { type Figure, names } from "./figures.ts";
import { inRounds, inTurn, type Thing } from "./in-turn.ts";
import { measure, shortExtent } from "./load.ts";
import { measurePace } from "./pace.ts";
import { totalMs } from "./processor.ts";
import { type BenchMesh, type Ground, layGround, startBenchMesh } from "./world.ts";

/** One mesh of the run. */
type MeshPlan = { readonly topology: Topology; readonly isTraced: boolean };

/**
 * Those that a promise compares stand side by side, and are measured in turn: a machine that others use too is then the same for
 * both. Should the time not do for all: what most promises are about first.
 */
export const sideBySide: readonly (readonly MeshPlan[])[] = [
  [
    { topology: "compact", isTraced: true },
    { topology: "compact", isTraced: false },
  ],
  [
    { topology: "solo", isTraced: true },
    { topology: "mesh", isTraced: true },
  ],
  [
    { topology: "solo", isTraced: false },
    { topology: "mesh", isTraced: false },
  ],
];
/** Of a product. The echo beside it has answered some ten thousand requests by then, and is as fast as it will be. */
const WARM_ROUNDS = 3;
const PRODUCT_ROUNDS = 3;
const edgeExtent = { ...shortExtent, warmMs: 1_500, warmCount: 6_000, loadCount: 1_600 };
const CHECKOUT_ROUNDS = 4;
// Collecting garbage comes in lumps of several checkouts' cost: few bursts tell more of who was hit than of what was asked.
const checkoutExtent = { bursts: 5, aloneCount: 4 };
/** Where the pace of checkouts is measured. */
const PACED = "compact, traced";
/** The compilers are still at work after some hundred checkouts; after five thousand one costs what it did after these. */
const warmExtent = { count: 700, atMostMs: 180_000 };

/** A mesh of the run, on databases of its own. */
type Stand = MeshPlan & { readonly where: string; readonly ground: Ground; readonly mesh: BenchMesh };

/** Starts them, measures what is asked for, in turn where it is a checkout, and stops them. */
export async function measureMeshes(run: Run, all: readonly MeshPlan[]): Promise<void> {
  const plans = all.filter((plan) => isWanted(run, plan));
  if (plans.length === 0) return;
  if (!run.hasTime(plans.length)) return void run.skipped.push(...plans.map(whereOf));
  const startMs = performance.now();
  const stands: Stand[] = [];
  try {
    for (const plan of plans) stands.push(await openStand(run, plan));
    if (wants(run, "edge")) await edgeFigures(run, stands);
    if (wants(run, "checkout")) await checkoutFigures(run, stands);
    const paced = stands.find(({ where }) => where === PACED);
    if (wants(run, "pace") && paced !== undefined) await paceFigures(run, stands, paced);
  } finally {
    for (const stand of stands) await closeStand(stand);
    run.slowestMeshMs = Math.max(run.slowestMeshMs, (performance.now() - startMs) / plans.length);
  }
}

function isWanted(run: Run, plan: MeshPlan): boolean {
  const isPaced = wants(run, "pace") && whereOf(plan) === PACED;
  return run.topologies.includes(plan.topology) && (wants(run, "edge") || wants(run, "checkout") || isPaced);
}

async function openStand({ say, profileFolder }: Run, plan: MeshPlan): Promise<Stand> {
  const where = whereOf(plan);
  say(`starting ${where}`);
  const ground = await layGround();
  try {
    const mesh = await startBenchMesh(ground, {
      ...plan,
      profileFolder: profileFolder === undefined ? undefined : join(profileFolder, where.replace(", ", "-")),
    });
    return { ...plan, where, ground, mesh };
  } catch (error) {
    await ground.stop();
    throw error;
  }
}

/** As besideEcho, with all meshes frozen while N is measured: it has the machine to itself, too. */
function besideLoneEcho<T>(run: Run, stands: readonly Stand[], work: () => Promise<T>): Promise<T> {
  const freezeAll = (): void => stands.forEach(({ mesh }) => mesh.freeze());
  freezeAll();
  return besideEcho(run, async () => {
    const result = await work();
    freezeAll();
    return result;
  });
}

/** Does `work` with one of the meshes while the others are frozen: at rest they would still cost it what its caches hold. */
async function alone<T>(stands: readonly Stand[], one: Stand, work: () => Promise<T>): Promise<T> {
  for (const { mesh } of stands) if (mesh !== one.mesh) mesh.freeze();
  await one.mesh.thaw();
  return work();
}

async function closeStand({ mesh, ground }: Stand): Promise<void> {
  try {
    await mesh.stop();
  } finally {
    await ground.stop();
  }
}

function whereOf({ topology, isTraced }: MeshPlan): string {
  return `${topology}, ${isTraced ? "traced" : "untraced"}`;
}

/** What the reads cost over all processes and the databases; that of a product in turn, by processes that are warm. */
async function edgeFigures(run: Run, stands: readonly Stand[]): Promise<void> {
  const opened: { readonly stand: Stand; readonly edge: Edge }[] = [];
  const things = (read: "product" | "list"): readonly Thing[] =>
    opened.map(({ stand, edge }) => ({
      name: names[read](stand.where),
      measure: () => alone(stands, stand, () => measure(stand.mesh.watched, edge[read], edgeExtent)),
    }));
  const figuresOf = async (rounds: number, measured: readonly Thing[]): Promise<void> => {
    const costs = await besideLoneEcho(run, stands, () => inTurn(rounds, measured));
    for (const { name, cost } of costs) run.figures.push(figureOf(run, name, cost));
  };
  try {
    for (const stand of stands) opened.push({ stand, edge: await openEdge(stand.mesh) });
    run.say("reads at the gateway until the meshes are warm");
    await inTurn(WARM_ROUNDS, things("product"));
    await figuresOf(PRODUCT_ROUNDS, things("product"));
    await figuresOf(1, things("list"));
  } finally {
    for (const { edge } of opened) edge.close();
  }
}

async function checkoutFigures(run: Run, stands: readonly Stand[]): Promise<void> {
  const opened: { readonly stand: Stand; readonly checkouts: Checkouts }[] = [];
  try {
    for (const stand of stands) {
      run.say(`checkouts until ${stand.where} is warm`);
      const checkouts = await alone(stands, stand, async () => {
        await warmUp(stand.mesh, warmExtent);
        return openCheckouts(stand.mesh);
      });
      opened.push({ stand, checkouts });
    }
    await besideLoneEcho(run, stands, () =>
      inRounds(
        CHECKOUT_ROUNDS,
        opened.map(
          ({ stand, checkouts }) =>
            () =>
              alone(stands, stand, () => checkouts.round(checkoutExtent)),
        ),
      ),
    );
    for (const { stand, checkouts } of opened) run.figures.push(checkoutFigureOf(run, stand.where, checkouts.cost()));
  } finally {
    for (const { checkouts } of opened) checkouts.close();
  }
}

function checkoutFigureOf(run: Run, where: string, cost: CheckoutCost): Figure {
  return {
    ...figureOf(run, names.checkout(where), cost),
    counts: cost.counts,
    followingCpuMs: totalMs(cost.following),
  };
}

async function paceFigures(run: Run, stands: readonly Stand[], paced: Stand): Promise<void> {
  run.say("checkouts of few and of many buyers");
  const { few, many } = await besideLoneEcho(run, stands, () => alone(stands, paced, () => measurePace(paced.mesh)));
  run.figures.push({ ...figureOf(run, names.fewBuyers, few), everyMs: few.everyMs });
  run.figures.push({ ...figureOf(run, names.manyBuyers, many), everyMs: many.everyMs });
}
