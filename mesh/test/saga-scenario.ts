import type { SagaPlan, SagaStep } from "../src/saga/plan.ts";

/** What one of those whom a saga asks will say, and whether it can be taken back. */
export type Script = {
  readonly canUndo: boolean;
  /** How often it says "not yet". */
  readonly waits: number;
  readonly end: "done" | "refused";
  /** Once done it is taken back no more: its undo says so. */
  readonly isSoonTooLate: boolean;
};

/** A saga whose steps are asked of others that do what their scripts say. */
export type Scenario = {
  readonly stages: readonly (readonly Script[])[];
  /** The stage that is the pivot; none where there is no such stage. */
  readonly pivot: number;
  /** Stages whose ends are carried; those from the pivot on are not. */
  readonly carried: readonly number[];
  readonly maxAttempts: number;
  readonly driverCount: number;
};

/** What the step of a stage is called. */
export function nameOf(stage: number, index: number): string {
  return `${stage}.${index}`;
}

/** A plan that is only looked at: what its steps do is played. */
export function planOf({ stages, pivot, carried }: Scenario): SagaPlan<object> {
  const perform = async () => ({ kind: "done" as const });
  const step = ({ canUndo }: Script, name: string): SagaStep<object> =>
    canUndo ? { name, perform, undo: async () => undefined } : { name, perform };
  return {
    kind: "simulated",
    stages: stages.map((steps, stage) => ({
      steps: steps.map((script, index) => step(script, nameOf(stage, index))),
      isPivot: stage === pivot,
      isCarried: stage < Math.min(pivot, stages.length) && pivot < stages.length && carried.includes(stage),
    })),
    onProgress: async () => undefined,
  };
}
