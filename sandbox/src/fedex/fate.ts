import { json, type Reply, type Request, type Route } from "../http.ts";
import type { FedexApi } from "./api.ts";
import { parseJson, textAt } from "./fields.ts";
import { changeParcelFate, findParcel, visibleScans } from "./parcels.ts";
import { FedexRefusal } from "./refusal.ts";
import type { ParcelFate } from "./scans.ts";
import { findService } from "./services.ts";

const fates: readonly ParcelFate[] = ["normal", "lost", "late"];

/** Admin: `POST /sandbox/parcels/:trackingNumber {"fate": "lost"}` changes what is still to come for a parcel. */
export function parcelRoutes(api: FedexApi): readonly Route[] {
  return [
    {
      method: "POST",
      path: "/sandbox/parcels/:trackingNumber",
      answer: (request) => changeFate(api, request),
    },
  ];
}

function changeFate(api: FedexApi, request: Request): Reply {
  const parcel = findParcel(api.database, request.params["trackingNumber"] ?? "");
  if (!parcel) return json(404, { error: "no such parcel" });
  const fate = fates.find((name) => name === fateIn(request));
  if (fate === undefined) return json(400, { error: `fate is none of ${fates.join(", ")}` });
  const isOver =
    parcel.isCancelled || visibleScans(api.database, parcel.trackingNumber, api.clock.now())[0]?.code === "DL";
  if (isOver) return json(409, { error: "the parcel's way has ended" });
  const hours = findService(parcel.serviceType)?.hours ?? 48;
  api.database.transaction(() => changeParcelFate(api.database, parcel, { hours, fate }, api.clock.now()));
  setImmediate(api.wake);
  return json(200, { trackingNumber: parcel.trackingNumber, fate });
}

function fateIn(request: Request): string | undefined {
  try {
    return textAt(parseJson(request.body), "fate");
  } catch (error) {
    if (error instanceof FedexRefusal) return undefined;
    throw error;
  }
}
