/** What a movement is. */
export type MovementKind =
  | "received"
  | "adjusted"
  | "held"
  | "released"
  | "allocated"
  | "deallocated"
  | "shipped"
  | "returned"
  | "written-off"
  | "transferred";

/** One change of stock, kept for ever. */
export type Movement = {
  readonly id: string;
  readonly sku: string;
  readonly locationId: string;
  readonly sellerId: string;
  readonly kind: MovementKind;
  readonly onHandChange: number;
  readonly allocatedChange: number;
  readonly heldChange: number;
  /** The hold, order or delivery note that it belongs to; may be empty. */
  readonly reference: string;
  /** The account that caused it; empty for the mesh. */
  readonly actorId: string;
  readonly note: string;
  readonly createMs: number;
};

/** A movement at its place in the ledger: ids of one millisecond have no order. */
export type RecordedMovement = Movement & { readonly sequence: string };
