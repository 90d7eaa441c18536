import { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import type { Throttle } from "@shopmesh/mesh";
import type { Carrier, CarrierAnswer } from "../carrier.ts";

/** So long a carrier's silence is remembered: it is asked seldom, compared to a service. */
export const CARRIER_WINDOW_MS = 30_000;

/**
 * The carrier behind the mesh's own throttle: one that answered nothing of late is asked the less, and not at all where that would
 * most likely be in vain. What matters more is tried longer: labels before rates before tracking.
 */
export function throttledCarrier(carrier: Carrier, throttle: Throttle): Carrier {
  async function guard<T>(criticality: Criticality, ask: () => Promise<CarrierAnswer<T>>): Promise<CarrierAnswer<T>> {
    if (!throttle.admits(criticality)) return { kind: "unanswered", isUnsent: true };
    const answer = await ask();
    throttle.sent(criticality, answer.kind !== "unanswered");
    return answer;
  }
  return {
    ...carrier,
    rates: (request, patience) => guard(Criticality.NORMAL, () => carrier.rates(request, patience)),
    buyLabel: (request, patience) => guard(Criticality.CRITICAL, () => carrier.buyLabel(request, patience)),
    findLabel: (request, patience) => guard(Criticality.CRITICAL, () => carrier.findLabel(request, patience)),
    returnLabel: (number, patience) => guard(Criticality.CRITICAL, () => carrier.returnLabel(number, patience)),
    track: (numbers, patience) => guard(Criticality.SHEDDABLE, () => carrier.track(numbers, patience)),
    follow: (number, patience) => guard(Criticality.SHEDDABLE, () => carrier.follow(number, patience)),
  };
}
