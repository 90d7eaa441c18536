import type { CarrierLabel, FoundLabel, Tracked } from "../carrier.ts";
import { type CarrierRate, priceOf } from "../rate.ts";
import type { Scan, ShipmentState } from "../scan.ts";

// FedEx's shapes, only what is read. Every field may be missing: what comes from outside is not believed.
type RateReply = {
  readonly rateReplyDetails?: readonly {
    readonly serviceType?: string;
    readonly ratedShipmentDetails?: readonly { readonly totalNetCharge?: number; readonly currency?: string }[];
    readonly commit?: { readonly dateDetail?: { readonly dayCxsFormat?: string } };
  }[];
};
type ShipReply = {
  readonly transactionShipments?: readonly {
    readonly pieceResponses?: readonly {
      readonly trackingNumber?: string;
      readonly deliveryTimestamp?: string;
      readonly packageDocuments?: readonly { readonly encodedLabel?: string }[];
    }[];
  }[];
};
type TrackReply = {
  readonly completeTrackResults?: readonly {
    readonly trackingNumber?: string;
    readonly trackResults?: readonly TrackResult[];
  }[];
};
type TrackResult = {
  readonly trackingNumberInfo?: { readonly trackingNumber?: string };
  readonly latestStatusDetail?: { readonly code?: string };
  readonly scanEvents?: readonly ScanEvent[];
  readonly dateAndTimes?: readonly { readonly type?: string; readonly dateTime?: string }[];
};
type ScanEvent = {
  readonly date?: string;
  readonly eventType?: string;
  readonly eventDescription?: string;
  readonly exceptionCode?: string;
  readonly derivedStatusCode?: string;
  readonly scanLocation?: { readonly city?: string };
};

export function readRates(output: unknown): readonly CarrierRate[] {
  const { rateReplyDetails = [] } = output as RateReply;
  return rateReplyDetails.flatMap(({ serviceType = "", ratedShipmentDetails = [], commit }) => {
    const [rated] = ratedShipmentDetails;
    if (rated?.totalNetCharge === undefined || rated.currency === undefined) return [];
    const price = priceOf(rated.currency, rated.totalNetCharge);
    return [{ serviceType, price, deliverMs: readTime(commit?.dateDetail?.dayCxsFormat) }];
  });
}

/** The first piece's label; undefined where the answer holds none. */
export function readLabel(output: unknown): CarrierLabel | undefined {
  const [piece] = (output as ShipReply).transactionShipments?.[0]?.pieceResponses ?? [];
  const encoded = piece?.packageDocuments?.[0]?.encodedLabel;
  if (piece?.trackingNumber === undefined || encoded === undefined) return undefined;
  return {
    trackingNumber: piece.trackingNumber,
    bytes: Buffer.from(encoded, "base64"),
    format: "pdf",
    estimateMs: readTime(piece.deliveryTimestamp),
  };
}

/** The label that stands under a reference, which FedEx does not hand out again; undefined where there is none but cancelled ones. */
export function readFound(output: unknown): FoundLabel | undefined {
  const results = (output as TrackReply).completeTrackResults?.flatMap(({ trackResults = [] }) => trackResults) ?? [];
  const standing = results.filter(({ latestStatusDetail }) => latestStatusDetail?.code !== "CA");
  const trackingNumber = standing.map(({ trackingNumberInfo }) => trackingNumberInfo?.trackingNumber).find(Boolean);
  return trackingNumber === undefined ? undefined : { trackingNumber, label: undefined };
}

/** What is known of each parcel, in answers and webhooks alike. */
export function readTracked(output: unknown): readonly Tracked[] {
  const { completeTrackResults = [] } = (output ?? {}) as TrackReply;
  return completeTrackResults.flatMap(({ trackingNumber, trackResults = [] }) => {
    if (typeof trackingNumber !== "string") return [];
    return [{ trackingNumber, scans: trackResults.flatMap(readResult) }];
  });
}

/** The scans of a parcel; what FedEx says of its arrival goes with the newest. */
function readResult({ scanEvents = [], dateAndTimes = [] }: TrackResult): readonly Scan[] {
  const scans = scanEvents.flatMap(readScan);
  const newest = Math.max(...scans.map(({ timeMs }) => timeMs));
  const estimateMs = readTime(dateAndTimes.find(({ type }) => type === "ESTIMATED_DELIVERY")?.dateTime);
  if (estimateMs === undefined) return scans;
  return scans.map((scan) => (scan.timeMs === newest ? { ...scan, estimateMs } : scan));
}

const states: Readonly<Record<string, ShipmentState>> = {
  OC: "labelled",
  PU: "shipped",
  DP: "in-transit",
  AR: "in-transit",
  IT: "in-transit",
  OD: "out-for-delivery",
  DL: "delivered",
  SE: "exception",
  DE: "exception",
  DY: "delayed",
  RS: "return-to-sender",
};

/** A scan in our words; none for one without a time, or of a kind that says nothing of the way ("CA", our own cancelling). */
function readScan(event: ScanEvent): readonly Scan[] {
  const timeMs = readTime(event.date);
  const known = states[event.eventType ?? ""] ?? states[event.derivedStatusCode ?? ""];
  if (timeMs === undefined || known === undefined) return [];
  const state = known === "exception" && event.exceptionCode === "LOST" ? "lost" : known;
  return [
    {
      code: (event.eventType ?? "").slice(0, 8),
      timeMs,
      state,
      description: (event.eventDescription ?? "").slice(0, 200),
      place: (event.scanLocation?.city ?? "").slice(0, 80),
    },
  ];
}

function readTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  // FedEx leaves the zone away where it means UTC.
  const isBare = /T\d\d:\d\d:\d\d$/.test(text);
  const ms = Date.parse(isBare ? `${text}Z` : text);
  return Number.isNaN(ms) ? undefined : ms;
}
