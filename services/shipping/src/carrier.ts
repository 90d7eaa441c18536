import type { CarrierName, CarrierRate } from "./rate.ts";
import type { Scan } from "./scan.ts";
import type { Address } from "./shipment.ts";

/** What a carrier refuses about: where it goes, that country altogether, or anything else. */
export type Objection = "address" | "country" | "other";

/** What a carrier says: an answer, a refusal for good, or nothing. */
export type CarrierAnswer<T> =
  | { readonly kind: "answered"; readonly value: T }
  /** `code`: the carrier's own word for why. */
  | { readonly kind: "refused"; readonly code: string; readonly about: Objection }
  /** `isUnsent`: it was not even asked, so nothing can have come of it. */
  | { readonly kind: "unanswered"; readonly isUnsent?: true };

export type RateRequest = {
  /** Where it leaves from: services and prices go by it. */
  readonly from: Address;
  readonly destination: Address;
  readonly weightGrams: number;
  readonly currencyCode: string;
};

export type LabelRequest = {
  /** Names the label at the carrier: at most 39 characters, of which hyphens tell nothing apart. */
  readonly name: string;
  readonly serviceType: string;
  /** Where it is picked up. */
  readonly from: Address;
  readonly destination: Address;
  readonly weightGrams: number;
};

export type CarrierLabel = {
  readonly trackingNumber: string;
  readonly bytes: Uint8Array;
  readonly format: "pdf" | "png";
  readonly estimateMs: number | undefined;
};

/** A label that was sold before. */
export type FoundLabel = {
  readonly trackingNumber: string;
  /** What is printed; undefined where the carrier hands it out only once. */
  readonly label: CarrierLabel | undefined;
};

/** What a carrier knows of one parcel. */
export type Tracked = { readonly trackingNumber: string; readonly scans: readonly Scan[] };

/** How long, and for whom, an answer is waited for. */
export type Patience = { readonly timeoutMs: number; readonly signal?: AbortSignal };

/** Who carries parcels. Asked twice for a label each sells two: one whose answer got lost is looked for before the next is asked for. */
export type Carrier = {
  readonly name: CarrierName;
  rates(request: RateRequest, patience: Patience): Promise<CarrierAnswer<readonly CarrierRate[]>>;
  buyLabel(request: LabelRequest, patience: Patience): Promise<CarrierAnswer<CarrierLabel>>;
  /** The label that a request came to whose answer got lost; undefined where there is none. */
  findLabel(request: LabelRequest, patience: Patience): Promise<CarrierAnswer<FoundLabel | undefined>>;
  /** Gives a label back; refused once the parcel was picked up. */
  returnLabel(trackingNumber: string, patience: Patience): Promise<CarrierAnswer<undefined>>;
  track(trackingNumbers: readonly string[], patience: Patience): Promise<CarrierAnswer<readonly Tracked[]>>;
  /** Asks to be told of a parcel's scans. */
  follow(trackingNumber: string, patience: Patience): Promise<CarrierAnswer<undefined>>;
};

/** The carriers that are there, by name. */
export type Carriers = ReadonlyMap<string, Carrier>;
