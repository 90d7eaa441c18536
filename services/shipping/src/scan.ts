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
  /** When it should arrive, as the carrier says with it. */
  readonly estimateMs?: number | undefined;
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
 * Ends that scans can tell, the weakest first. Each knows more than the one before: what was lost may be found and delivered, what was
 * delivered to somebody may come back. So an end is only ever followed by a stronger one, whatever the order of arrival.
 */
const ends: readonly ShipmentState[] = ["lost", "delivered", "return-to-sender"];

/**
 * Where all that was scanned leaves a shipment that was `from`: the same for any order of arrival and any repetition. Scans count
 * by the time they happened; the way only goes on, an obstacle lasts until a later scan, an end is left for a stronger one only.
 */
export function follow(from: ShipmentState, scans: readonly Scan[]): ShipmentState {
  if (from === "cancelled") return from;
  const end = ends[Math.max(ends.indexOf(from), ...scans.map(({ state }) => ends.indexOf(state)))];
  if (end !== undefined) return end;
  const start = places[from] === undefined ? "labelled" : from;
  let reached: ShipmentState = start;
  let state: ShipmentState = start;
  for (const scan of scans.toSorted(byTime)) {
    const place = places[scan.state];
    if (place !== undefined && place >= (places[reached] ?? 0)) reached = scan.state;
    // A scan of something passed before ends an obstacle all the same.
    state = place === undefined ? scan.state : reached;
  }
  return state;
}

/** Oldest first; of the same moment the least far first. */
export function byTime(left: Scan, right: Scan): number {
  return (
    left.timeMs - right.timeMs ||
    (places[left.state] ?? 0) - (places[right.state] ?? 0) ||
    (left.state + left.code < right.state + right.code ? -1 : 1)
  );
}
