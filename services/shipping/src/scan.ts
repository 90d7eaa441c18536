/** How far a shipment is. */
export type ShipmentState =
  | "planned"
  | "picking"
  | "packed"
  | "labelled"
  | "shipped"
  | "in-transit"
  | "out-for-delivery"
  | "delivered"
  | "exception"
  | "delayed"
  | "lost"
  | "return-to-sender"
  | "cancelled";

/** One thing that a carrier reported. */
export type Scan = {
  /** The carrier's code, with the time what tells one scan from another. */
  readonly code: string;
  /** When it happened, by the carrier's clock. */
  readonly timeMs: number;
  readonly state: ShipmentState;
  readonly description: string;
  readonly place: string;
};

/** How far along its way a state is; a state without a place is an obstacle on the way. */
const places: Readonly<Partial<Record<ShipmentState, number>>> = {
  planned: 0,
  picking: 1,
  packed: 2,
  labelled: 3,
  shipped: 4,
  "in-transit": 5,
  "out-for-delivery": 6,
  delivered: 7,
};

const finals: ReadonlySet<ShipmentState> = new Set(["delivered", "lost", "return-to-sender", "cancelled"]);

export function isFinal(state: ShipmentState): boolean {
  return finals.has(state);
}

/** Whether goods in this state have left. */
export function hasLeft(state: ShipmentState): boolean {
  const place = places[state];
  return place === undefined ? state !== "cancelled" : place >= 4;
}

/**
 * Where all that was scanned leaves a shipment that was `from`: the same for any order of arrival. Scans count by the time they
 * happened; the way only goes on, an obstacle lasts until a later scan, an end stays.
 */
export function follow(from: ShipmentState, scans: readonly Scan[]): ShipmentState {
  if (isFinal(from)) return from;
  const start = places[from] === undefined ? "labelled" : from;
  let reached: ShipmentState = start;
  let state: ShipmentState = start;
  for (const scan of scans.toSorted(byTime)) {
    const place = places[scan.state];
    if (place !== undefined && place >= (places[reached] ?? 0)) reached = scan.state;
    // A scan of something passed before ends an obstacle all the same.
    state = place === undefined ? scan.state : reached;
    if (isFinal(state)) return state;
  }
  return state;
}

/** Oldest first; of the same moment the least far first. */
export function byTime(left: Scan, right: Scan): number {
  return left.timeMs - right.timeMs || (places[left.state] ?? 0) - (places[right.state] ?? 0);
}
