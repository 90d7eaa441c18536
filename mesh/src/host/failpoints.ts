import type { MethodContract } from "../contract.ts";
import { failpointAt, isWatched } from "../failpoint.ts";
import type { Interceptor } from "../interceptors/interceptor.ts";
import { nextActions, shapeOf } from "../saga/machine.ts";
import type { SagaPlan } from "../saga/plan.ts";
import type { Failpoint } from "../saga/boundary.ts";
import type { SagaRow } from "../saga/store.ts";

/** A saga's places: `<kind>/<step>/<point>`, on the way back `<kind>/undo <step>/<point>`. */
export function sagaFailpoint<State>(plan: SagaPlan<State>): {
  readonly failpoint?: (point: Failpoint, saga: SagaRow<State>) => boolean;
} {
  if (!isWatched()) return {};
  const shape = shapeOf(plan);
  return {
    failpoint(point, { progress }) {
      for (const { step, action } of nextActions(shape, progress)) {
        failpointAt(() => `${plan.kind}/${action === "undo" ? "undo " : ""}${step}/${point}`);
      }
      return false;
    },
  };
}

/** A method's places: `<service>/<Method>/before` its handler, `…/after` it, its effect kept and its answer not yet sent. */
export function failpointInterceptor({ path }: MethodContract): Interceptor | undefined {
  if (!isWatched()) return undefined;
  const method = path.replace(/^\//, "");
  return (next) => async (request, call) => {
    failpointAt(() => `${method}/before`);
    const answer = await next(request, call);
    failpointAt(() => `${method}/after`);
    return answer;
  };
}
