import { unlinkSync } from "node:fs";
import { join } from "node:path";
import type { MethodContract } from "../contract.ts";
import type { Interceptor } from "../interceptors/interceptor.ts";
import { nextActions, shapeOf } from "../saga/machine.ts";
import type { SagaPlan } from "../saga/plan.ts";
import type { Failpoint } from "../saga/runner.ts";
import type { SagaRow } from "../saga/store.ts";

/**
 * Places at which a test lets a process die as by a power cut (SIGKILL, nothing flushed). Development only: the test puts
 * a file named after each place into the folder that FAILPOINTS names; whoever takes it away dies, so it happens once.
 */
export type Failpoints = { reach(place: string): void };

/** None without a folder. */
export function createFailpoints(folder: string | undefined): Failpoints | undefined {
  if (folder === undefined) return undefined;
  return {
    reach(place) {
      if (isTaken(join(folder, encodeURIComponent(place)))) process.kill(process.pid, "SIGKILL");
    },
  };
}

/** A saga's places: `<kind>/<step>/<point>`, on the way back `<kind>/undo <step>/<point>`. */
export function sagaFailpoint<State>(
  plan: SagaPlan<State>,
  failpoints: Failpoints | undefined,
): { readonly failpoint?: (point: Failpoint, saga: SagaRow<State>) => boolean } {
  if (failpoints === undefined) return {};
  const shape = shapeOf(plan);
  return {
    failpoint(point, { progress }) {
      for (const { step, action } of nextActions(shape, progress)) {
        failpoints.reach(`${plan.kind}/${action === "undo" ? "undo " : ""}${step}/${point}`);
      }
      return false;
    },
  };
}

/** A method's places: `<service>/<Method>/before` its handler, `…/after` it, its effect kept and its answer not yet sent. */
export function failpointInterceptor(
  { path }: MethodContract,
  failpoints: Failpoints | undefined,
): Interceptor | undefined {
  if (failpoints === undefined) return undefined;
  const method = path.replace(/^\//, "");
  return (next) => async (request, call) => {
    failpoints.reach(`${method}/before`);
    const answer = await next(request, call);
    failpoints.reach(`${method}/after`);
    return answer;
  };
}

function isTaken(file: string): boolean {
  try {
    unlinkSync(file);
    return true;
  } catch {
    // There is none: nobody is to die here.
    return false;
  }
}
