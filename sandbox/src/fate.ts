import type { Agenda } from "./agenda.ts";
import type { Clock } from "./clock.ts";
import { json, type Reply, type Request, type Route, objectIn } from "./http.ts";
import { changeParcelFate, findParcel, type Lane, type ParcelFate, visibleScans } from "./parcels.ts";

/** Whose parcels there are, and who is woken once they have other scans to come. */
export type Yard = { readonly lanes: readonly Lane[]; readonly clock: Clock; readonly wake: Agenda["wake"] };

const fates: readonly ParcelFate[] = ["normal", "lost", "late"];

/** Admin: `POST /sandbox/parcels/:trackingNumber {"fate": "lost"}` changes what is still to come for a parcel of any carrier. */
export function parcelRoutes(yard: Yard): readonly Route[] {
  return [
    {
      method: "POST",
      path: "/sandbox/parcels/:trackingNumber",
      answer: (request) => changeFate(yard, request),
    },
  ];
}

function changeFate({ lanes, clock, wake }: Yard, request: Request): Reply {
  const number = request.params["trackingNumber"] ?? "";
  const lane = lanes.find((candidate) => findParcel(candidate, number) !== undefined);
  const parcel = lane && findParcel(lane, number);
  if (!lane || !parcel) return json(404, { error: "no such parcel" });
  const asked = objectIn(request)["fate"];
  const fate = fates.find((name) => name === asked);
  if (fate === undefined) return json(400, { error: `fate is none of ${fates.join(", ")}` });
  const isOver = parcel.isCancelled || visibleScans(lane, number, clock.now())[0]?.code === lane.codes.delivered;
  if (isOver) return json(409, { error: "the parcel's way has ended" });
  const hours = lane.hoursOf(parcel.serviceType);
  lane.database.transaction(() => changeParcelFate(lane, parcel, { hours, fate }, clock.now()));
  setImmediate(wake);
  return json(200, { trackingNumber: parcel.trackingNumber, fate });
}
