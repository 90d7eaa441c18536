import type { Clock } from "@shopmesh/kernel";
import type { Cache, Call, Kept, Storage, Tx } from "@shopmesh/mesh";
import type { Carriers, Patience } from "../carrier.ts";
import { byTime, type Scan } from "../scan.ts";
import { type Address, ASK_AGAIN_MS, applyScans, nextAsk, type Shipment } from "../shipment.ts";
import { keepScans } from "../store/scans.ts";
import { lockShipment, updateShipment } from "../store/shipments.ts";
import type { Zone } from "../zone.ts";
import { countEvents, emitChanges } from "./events.ts";

/** What sending parcels needs of the world. */
export type Desk = {
  readonly carriers: Carriers;
  /** Read by one statement at most, and by none while what was read is young. */
  readonly zones: Kept<readonly Zone[]>;
  readonly cache: Pick<Cache, "through">;
  /** Where parcels are handed over that leave from nowhere else. */
  readonly origin: Address;
  readonly storage: Pick<Storage, "put">;
  readonly clock: Clock;
  /** Real epoch ms, as deadlines are. */
  readonly realTime: Clock;
  readonly newId: () => string;
  readonly entropy: (length: number) => Uint8Array;
  /** How long one question to the carrier may take. */
  readonly timeoutMs: number;
};

/** Where a change is written, and until when. A call is one. */
export type Ground = Pick<Call, "sql" | "transaction" | "deadlineMs">;

/** Kept back of a call's time to write the answer down. */
const WRITE_RESERVE_MS = 1_000;
const LEAST_MS = 50;

/** How long a question may take that is asked now; undefined where too little is left to ask at all. */
export function patienceOf({ timeoutMs, realTime }: Desk, { deadlineMs }: Ground): Patience | undefined {
  const leftMs = Math.min(timeoutMs, deadlineMs - realTime() - WRITE_RESERVE_MS);
  return leftMs < LEAST_MS ? undefined : { timeoutMs: Math.trunc(leftMs) };
}

/** The live topic of a shipment. */
export function topicOf(shipmentId: string): string {
  return `shipment:${shipmentId}`;
}

/** Locks a shipment, changes it by a pure function, writes what changed and says so; nothing where nothing did. */
export async function changeShipment(
  desk: Pick<Desk, "clock">,
  tx: Tx,
  id: string,
  change: (shipment: Shipment, nowMs: number) => Shipment,
): Promise<Shipment> {
  const nowMs = desk.clock();
  const before = await lockShipment(tx, id);
  return writeChange(tx, before, { after: change(before, nowMs), scanMs: nowMs, nowMs });
}

/** Keeps what a carrier scanned, and moves the locked shipment by it; late scans are kept and move nothing. */
export async function scanShipment(
  { clock }: Pick<Desk, "clock">,
  tx: Tx,
  before: Shipment,
  scans: readonly Scan[],
): Promise<Shipment> {
  const nowMs = clock();
  const known = await keepScans(tx, before.id, scans);
  const last = known.toSorted(byTime).at(-1);
  return writeChange(tx, before, { after: applyScans(before, known), scanMs: last?.timeMs ?? nowMs, nowMs });
}

type Changed = { readonly after: Shipment; readonly scanMs: number; readonly nowMs: number };

function writeChange(tx: Tx, before: Shipment, { after, scanMs, nowMs }: Changed): Shipment {
  const askMs = nextAsk(after, nowMs);
  if (after === before) {
    // Whoever asks its carrier has claimed it for as long: what is claimed is due as well.
    const isDue = (before.askMs ?? Number.POSITIVE_INFINITY) <= nowMs + ASK_AGAIN_MS;
    if (isDue) updateShipment(tx, before, { ...before, askMs });
    return before;
  }
  const version = before.version + countEvents(before, after);
  const stamped = { ...after, version, askMs, updateMs: nowMs };
  updateShipment(tx, before, stamped);
  emitChanges(tx, before, stamped, scanMs);
  tx.wake(topicOf(before.id));
  return stamped;
}
