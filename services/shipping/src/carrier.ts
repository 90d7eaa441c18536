import type { CarrierRate } from "./rate.ts";
import type { Scan } from "./scan.ts";
import type { Address } from "./shipment.ts";

/** What a carrier says: an answer, a refusal for good, or nothing. */
export type CarrierAnswer<T> =
  | { readonly kind: "answered"; readonly value: T }
  /** `code`: the carrier's own word for why. */
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "unanswered" };

export type RateRequest = {
  /** Where it leaves from: services and prices go by it. */
  readonly from: Address;
  readonly destination: Address;
  readonly weightGrams: number;
  readonly currencyCode: string;
};

export type LabelRequest = {
  /** The same shipment asked for again is the same label. */
  readonly shipmentId: string;
  readonly serviceType: string;
  /** Where it is picked up. */
  readonly from: Address;
  readonly destination: Address;
  readonly weightGrams: number;
};

export type CarrierLabel = {
  readonly trackingNumber: string;
  readonly pdf: Uint8Array;
  readonly estimateMs: number | undefined;
};

/** What a carrier knows of one parcel. */
export type Tracked = { readonly trackingNumber: string; readonly scans: readonly Scan[] };

/** How long, and for whom, an answer is waited for. */
export type Patience = { readonly timeoutMs: number; readonly signal?: AbortSignal };

/** Who carries parcels. */
export type Carrier = {
  rates(request: RateRequest, patience: Patience): Promise<CarrierAnswer<readonly CarrierRate[]>>;
  buyLabel(request: LabelRequest, patience: Patience): Promise<CarrierAnswer<CarrierLabel>>;
  /** Gives a label back; refused once the parcel was picked up. */
  returnLabel(trackingNumber: string, patience: Patience): Promise<CarrierAnswer<undefined>>;
  track(trackingNumbers: readonly string[], patience: Patience): Promise<CarrierAnswer<readonly Tracked[]>>;
};
