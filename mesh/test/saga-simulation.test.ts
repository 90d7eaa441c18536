import test, { type ExecutionContext } from "ava";
import {
  type ActionOutcome,
  advance,
  begin,
  isOver,
  nextActions,
  type PlanShape,
  type SagaAction,
  turnBack,
} from "../src/saga/machine.ts";
import type { SagaProgress } from "../src/saga/plan.ts";

/** What a remote service knows of one step: whether it is in effect, and whether a tombstone refuses it. */
type Effect = { isInEffect: boolean; isBuried: boolean; fate: "works" | "refuses" | "waits" };

/** Requests that were sent and have not been seen yet: they may arrive late, once more, or never. */
type Late = { readonly action: SagaAction };

type World = {
  readonly plan: PlanShape;
  readonly chance: () => number;
  readonly effects: Map<string, Effect>;
  readonly late: Late[];
  /** The row: version and progress, as the last boundary left them. */
  row: { version: number; progress: SagaProgress };
  isPivotPassed: boolean;
  actions: number;
};

const TARGET_ACTIONS = 150_000;
const MAX_ROUNDS = 2_000;

test("whatever is lost, doubled, late or killed, a saga ends whole: all done, or nothing left", (t) => {
  const chance = random(20_261_121);
  const endings = { done: 0, undone: 0 };
  let actions = 0;
  while (actions < TARGET_ACTIONS) {
    const world = newWorld(chance);
    endings[simulate(t, world)] += 1;
    actions += world.actions;
  }
  // Both ways out were taken, or the simulation says little.
  t.true(endings.done > 500 && endings.undone > 500, JSON.stringify(endings));
});

function simulate(t: ExecutionContext, world: World): "done" | "undone" {
  // Two drivers, each with the row as it last read it: one may be far behind.
  const drivers = [world.row, world.row];
  for (let round = 0; round < MAX_ROUNDS && !isOver(world.row.progress); round++) {
    const turn = world.chance() < 0.8 ? 0 : 1;
    const read = drivers[turn] ?? world.row;
    drivers[turn] = drive(t, world, read);
    if (world.chance() < 0.02) cancel(world);
    if (world.chance() < 0.3) deliverLate(world);
  }
  while (world.late.length > 0) deliverLate(world);
  return judge(t, world);
}

/** One round of one driver: perform, perhaps die, else compare and set. What it knows afterwards. */
function drive(t: ExecutionContext, world: World, read: World["row"]): World["row"] {
  const outcomes: ActionOutcome[] = [];
  for (const action of nextActions(world.plan, read.progress)) {
    world.actions += 1;
    t.false(action.action === "undo" && world.isPivotPassed, "undone past the pivot");
    if (world.chance() < 0.05) return world.row; // killed between two steps
    outcomes.push(send(world, action));
    if (world.chance() < 0.1) world.late.push({ action }); // and once more, some day
  }
  if (world.chance() < 0.1) return world.row; // killed before the boundary
  if (world.row.version !== read.version) return world.row; // lost the race, reads again
  const progress = advance(world.plan, read.progress, outcomes);
  world.row = { version: read.version + 1, progress };
  if (progress.phase === "forward" || (progress.phase === "done" && hasPivot(world))) world.isPivotPassed = true;
  return world.chance() < 0.9 ? world.row : read; // a reader that stays behind
}

function send(world: World, action: SagaAction): ActionOutcome {
  const lottery = world.chance();
  if (lottery < 0.1) return { ...action, kind: "failed" }; // never arrived
  const outcome = apply(world, action);
  if (lottery < 0.25) return { ...action, kind: "failed" }; // its answer was lost
  return outcome;
}

function apply(world: World, action: SagaAction): ActionOutcome {
  const effect = world.effects.get(action.step);
  if (effect === undefined) throw new Error(`no effect of ${action.step}`);
  if (action.action === "undo") {
    effect.isInEffect = false;
    effect.isBuried = true;
    return { ...action, kind: "done" };
  }
  if (effect.isBuried) return { ...action, kind: "refused", reason: "TOMBSTONE", metadata: {} };
  if (effect.isInEffect || effect.fate === "works") {
    effect.isInEffect = true;
    return { ...action, kind: "done" };
  }
  if (effect.fate === "refuses") return { ...action, kind: "refused", reason: "NO", metadata: {} };
  effect.fate = world.chance() < 0.8 ? "works" : "refuses";
  return { ...action, kind: "waiting", for: "somebody", until: 0 };
}

function cancel(world: World): void {
  const progress = turnBack(world.plan, world.row.progress, "WISH");
  if (progress === undefined || progress === world.row.progress) return;
  world.row = { version: world.row.version + 1, progress };
}

// A doubled request that arrives when nobody expects it; an undo of it can only have come with the saga turning back.
function deliverLate(world: World): void {
  const index = Math.floor(world.chance() * world.late.length);
  const [late] = world.late.splice(index, 1);
  if (late !== undefined) apply(world, late.action);
}

function judge(t: ExecutionContext, { plan, row, effects }: World): "done" | "undone" {
  const { phase } = row.progress;
  const steps = plan.flatMap((stage) => stage.steps);
  if (phase === "done") {
    t.true(
      steps.every(({ name }) => effects.get(name)?.isInEffect),
      "done, and a step is not in effect",
    );
    return "done";
  }
  t.is(phase, "undone", "a saga did not end");
  t.false(
    steps.some(({ name, canUndo }) => canUndo && effects.get(name)?.isInEffect),
    "undone, and a step is in effect",
  );
  return "undone";
}

function newWorld(chance: () => number): World {
  const stageCount = 1 + Math.floor(chance() * 5);
  const pivot = Math.floor(chance() * (stageCount + 1));
  const plan: PlanShape = Array.from({ length: stageCount }, (_, stage) => ({
    steps: Array.from({ length: 1 + Math.floor(chance() * 3) }, (__, step) => ({
      name: `${stage}.${step}`,
      canUndo: chance() < 0.8,
    })),
    isPivot: stage === pivot,
  }));
  const effects = new Map<string, Effect>();
  plan.forEach((stage, index) => {
    for (const { name } of stage.steps) {
      // Past the pivot a step may dawdle, and does not refuse for ever.
      const lottery = chance();
      const fate = lottery < 0.1 && index <= pivot ? "refuses" : lottery < 0.3 && index <= pivot ? "waits" : "works";
      effects.set(name, { isInEffect: false, isBuried: false, fate });
    }
  });
  const progress = begin(plan);
  return {
    plan,
    chance,
    effects,
    late: [],
    row: { version: 1, progress },
    isPivotPassed: false,
    actions: 0,
  };
}

function hasPivot({ plan }: World): boolean {
  return plan.some((stage) => stage.isPivot);
}

/** Numbers in [0, 1) that a seed decides (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
