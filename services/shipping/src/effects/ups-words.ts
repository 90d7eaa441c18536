import type { CarrierLabel, Tracked } from "../carrier.ts";
import { type CarrierRate, priceOf } from "../rate.ts";
import type { Scan, ShipmentState } from "../scan.ts";

// UPS's shapes, only what is read. Every field may be missing: what comes from outside is not believed. A list of one may come as
// that one.
type Charge = { readonly CurrencyCode?: string; readonly MonetaryValue?: string };
type RatedShipment = {
  readonly Service?: { readonly Code?: string };
  readonly TotalCharges?: Charge;
  readonly NegotiatedRateCharges?: { readonly TotalCharge?: Charge };
  readonly TimeInTransit?: {
    readonly ServiceSummary?: { readonly EstimatedArrival?: { readonly Arrival?: { readonly Date?: string } } };
  };
};
type Image = { readonly GraphicImage?: string };
type ShipReply = {
  readonly ShipmentResponse?: {
    readonly ShipmentResults?: {
      readonly PackageResults?: Many<{ readonly TrackingNumber?: string; readonly ShippingLabel?: Image }>;
    };
  };
};
type RecoveryReply = {
  readonly LabelRecoveryResponse?: {
    readonly LabelResults?: Many<{ readonly TrackingNumber?: string; readonly LabelImage?: Image }>;
  };
};
type Status = {
  readonly type?: string;
  readonly code?: string;
  readonly statusCode?: string;
  readonly descriptionCode?: string;
  readonly description?: string;
};
type Activity = {
  readonly gmtDate?: string;
  readonly gmtTime?: string;
  readonly status?: Status;
  readonly location?: { readonly address?: { readonly city?: string } };
};
type TrackReply = {
  readonly trackResponse?: {
    readonly shipment?: readonly {
      readonly package?: readonly {
        readonly trackingNumber?: string;
        readonly activity?: readonly Activity[];
        readonly deliveryDate?: readonly { readonly type?: string; readonly date?: string }[];
      }[];
    }[];
  };
};
/** What Track Alert posts of one scan. */
export type TrackingEvent = {
  readonly trackingNumber?: unknown;
  readonly gmtActivityDate?: string;
  readonly gmtActivityTime?: string;
  readonly activityStatus?: Status;
  readonly activityLocation?: { readonly city?: string };
  readonly scheduledDeliveryDate?: string;
};
type Many<T> = T | readonly T[];

export function readRates(body: unknown): readonly CarrierRate[] {
  const { RateResponse } = body as { readonly RateResponse?: { readonly RatedShipment?: Many<RatedShipment> } };
  return listOf(RateResponse?.RatedShipment).flatMap((rated) => {
    const charge = rated.NegotiatedRateCharges?.TotalCharge ?? rated.TotalCharges;
    const amount = Number(charge?.MonetaryValue ?? Number.NaN);
    if (charge?.CurrencyCode === undefined || !Number.isFinite(amount)) return [];
    const deliverMs = readDay(rated.TimeInTransit?.ServiceSummary?.EstimatedArrival?.Arrival?.Date);
    return [{ serviceType: rated.Service?.Code ?? "", price: priceOf(charge.CurrencyCode, amount), deliverMs }];
  });
}

/** The label of a shipment just made; undefined where the answer holds none. */
export function readLabel(body: unknown): CarrierLabel | undefined {
  const [first] = listOf((body as ShipReply).ShipmentResponse?.ShipmentResults?.PackageResults);
  return labelOf(first?.TrackingNumber, first?.ShippingLabel);
}

/** The label of a shipment made before. */
export function readRecovered(body: unknown): CarrierLabel | undefined {
  const [first] = listOf((body as RecoveryReply).LabelRecoveryResponse?.LabelResults);
  return labelOf(first?.TrackingNumber, first?.LabelImage);
}

/** What is known of a parcel; what UPS says of its arrival goes with its newest scan. */
export function readTracked(body: unknown): readonly Tracked[] {
  const packages = (body as TrackReply).trackResponse?.shipment?.flatMap((shipment) => shipment.package ?? []) ?? [];
  return packages.flatMap(({ trackingNumber, activity = [], deliveryDate = [] }) => {
    if (typeof trackingNumber !== "string") return [];
    const said = ["RDD", "SDD"].flatMap((type) => deliveryDate.filter((date) => date.type === type));
    const scans = activity.flatMap(({ gmtDate, gmtTime, status, location }) =>
      readScan(readTime(gmtDate, gmtTime), status, location?.address?.city),
    );
    const newest = Math.max(...scans.map(({ timeMs }) => timeMs));
    const estimateMs = readDay(said[0]?.date);
    const told = scans.map((scan) =>
      scan.timeMs === newest && estimateMs !== undefined ? { ...scan, estimateMs } : scan,
    );
    return [{ trackingNumber, scans: told }];
  });
}

/** What one report of Track Alert says; undefined where it is none. */
export function readEvent(event: TrackingEvent): Tracked | undefined {
  const { trackingNumber, gmtActivityDate, gmtActivityTime, activityStatus, activityLocation } = event;
  if (typeof trackingNumber !== "string" || trackingNumber.trim() === "") return undefined;
  const timeMs = readTime(gmtActivityDate, gmtActivityTime);
  if (timeMs === undefined) return undefined;
  const estimateMs = readDay(event.scheduledDeliveryDate);
  const scans = readScan(timeMs, activityStatus, activityLocation?.city);
  return {
    trackingNumber: trackingNumber.trim(),
    scans: scans.map((scan) => (estimateMs === undefined ? scan : { ...scan, estimateMs })),
  };
}

/** States by the type of a status: M manifest, P pickup, I in progress, O out for delivery, D delivery, X exception, U update. */
const types: Readonly<Record<string, ShipmentState>> = {
  M: "labelled",
  P: "shipped",
  I: "in-transit",
  U: "in-transit",
  O: "out-for-delivery",
  D: "delivered",
  X: "exception",
  RS: "return-to-sender",
};

/** A scan in our words; none for one without a time, or of a type that says nothing of the way ("MV", our own voiding). */
function readScan(timeMs: number | undefined, status: Status = {}, city = ""): readonly Scan[] {
  const { type = "", code = "", description = "" } = status;
  const known = types[type];
  if (timeMs === undefined || known === undefined) return [];
  return [
    {
      code: code.slice(0, 8),
      timeMs,
      state: sharpen(known, status),
      description: description.slice(0, 200),
      place: city.slice(0, 80),
    },
  ];
}

/** What the code says beyond the type. */
function sharpen(state: ShipmentState, { code, statusCode, descriptionCode, description = "" }: Status): ShipmentState {
  if (state === "in-transit" && code === "OR") return "shipped";
  if (state === "in-transit" && (statusCode ?? descriptionCode) === "021") return "out-for-delivery";
  if (state === "exception" && (code === "LX" || /\blost\b/i.test(description))) return "lost";
  if (state === "exception" && /return(ed|ing)? to (the )?s(hipp|end)er/i.test(description)) return "return-to-sender";
  return state;
}

function labelOf(trackingNumber: string | undefined, image: Image | undefined): CarrierLabel | undefined {
  if (trackingNumber === undefined || image?.GraphicImage === undefined) return undefined;
  return { trackingNumber, bytes: Buffer.from(image.GraphicImage, "base64"), format: "png", estimateMs: undefined };
}

function listOf<T>(many: Many<T> | undefined): readonly T[] {
  if (many === undefined) return [];
  return Array.isArray(many) ? (many as readonly T[]) : [many as T];
}

/** YYYYMMDD and HHMMSS (UTC, with or without colons, a leading zero may be missing). */
function readTime(date: string | undefined, time = ""): number | undefined {
  const clock = time.replaceAll(":", "").padStart(6, "0");
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(date ?? "") ?? [];
  const ms = Date.parse(`${year}-${month}-${day}T${clock.slice(0, 2)}:${clock.slice(2, 4)}:${clock.slice(4, 6)}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The end of a day of deliveries. */
function readDay(date: string | undefined): number | undefined {
  return readTime(date, "180000");
}
