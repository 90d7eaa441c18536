import { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";

/**
 * Keeps a client from sending what its target would refuse anyway. What is refused there is refused late, by a process that
 * is busy; here it costs nothing.
 */
export type Outflow = {
  /** Whether a call may be sent now. */
  hasRoom(criticality: Criticality): boolean;
  /** Counts a call as under way; to be told once, at its end, whether the target took it up, whatever its answer. */
  send(criticality: Criticality): (isTaken: boolean) => void;
};

/** After a refusal so much of what was under way may be. */
const KEPT_SHARE = 0.6;
/** How steeply the bound bends, in calls per second cubed: where twenty were refused, as many may be under way again after two seconds. */
const BEND = 1;
/** What matters most is always tried, a few at a time. */
const leastOf: Readonly<Record<number, number>> = { [Criticality.CRITICAL]: 4 };

/**
 * How many calls may be under way `elapsedMs` after one was refused while `refusedAt` were: fewer at first, about as many
 * again for a while, then quickly more (a cubic function of time, as TCP's CUBIC has it, RFC 9438). Below 1 none may.
 */
export function boundAfter(refusedAt: number, elapsedMs: number): number {
  const plateauS = Math.cbrt((refusedAt * (1 - KEPT_SHARE)) / BEND);
  return refusedAt + BEND * (elapsedMs / 1_000 - plateauS) ** 3;
}

type Flow = { underWay: number; refusedAt: number; refusedMs: number };

/** An outflow to one target; each criticality is bound by itself, and not at all before its first refusal. */
export function createOutflow(now: () => number = () => performance.now()): Outflow {
  const flows = new Map<Criticality, Flow>();
  const flowOf = (criticality: Criticality): Flow => {
    const known = flows.get(criticality);
    if (known !== undefined) return known;
    const made = { underWay: 0, refusedAt: Number.POSITIVE_INFINITY, refusedMs: 0 };
    flows.set(criticality, made);
    return made;
  };
  return {
    hasRoom(criticality) {
      const { underWay, refusedAt, refusedMs } = flowOf(criticality);
      if (refusedAt === Number.POSITIVE_INFINITY || underWay < (leastOf[criticality] ?? 0)) return true;
      return underWay + 1 <= boundAfter(refusedAt, now() - refusedMs);
    },
    send(criticality) {
      const flow = flowOf(criticality);
      const sentMs = now();
      flow.underWay += 1;
      return (isTaken) => {
        // Those that were on their way together with one that was refused tell nothing new.
        if (!isTaken && sentMs >= flow.refusedMs) {
          flow.refusedAt = flow.underWay;
          flow.refusedMs = now();
        }
        flow.underWay -= 1;
      };
    },
  };
}
