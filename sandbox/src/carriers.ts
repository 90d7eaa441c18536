import type { Agenda, DueWork } from "./agenda.ts";
import type { Clock } from "./clock.ts";
import type { Database } from "./database.ts";
import { parcelRoutes } from "./fate.ts";
import type { Faults } from "./faults.ts";
import { fedexRoutes, scanAnnouncements } from "./fedex/api.ts";
import { fedexLane } from "./fedex/scans.ts";
import type { Route } from "./http.ts";
import { upsAnnouncements, upsRoutes } from "./ups/api.ts";
import { upsLane } from "./ups/scans.ts";
import type { Webhooks } from "./webhooks.ts";

/** Who may ask the carriers. */
export type CarrierClients = {
  readonly fedexClientId: string;
  readonly fedexClientSecret: string;
  readonly upsClientId?: string;
  readonly upsClientSecret?: string;
};

export type CarrierWorld = {
  readonly database: Database;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly wake: Agenda["wake"];
};

/** What the carriers tell by themselves. */
export function carrierAnnouncements(database: Database, webhooks: Webhooks): readonly DueWork[] {
  return [scanAnnouncements(database, webhooks), upsAnnouncements(database, webhooks)];
}

/** What the carriers answer, and the switch for the fate of a parcel of any of them. */
export function carrierRoutes(world: CarrierWorld, clients: CarrierClients): readonly Route[] {
  const { database, clock, wake } = world;
  const ups = {
    ...world,
    clientId: clients.upsClientId ?? "shopmesh_sandbox_ups",
    clientSecret: clients.upsClientSecret ?? "shopmesh_sandbox_ups_secret",
  };
  return [
    ...fedexRoutes({ ...world, clientId: clients.fedexClientId, clientSecret: clients.fedexClientSecret }),
    ...upsRoutes(ups),
    ...parcelRoutes({ lanes: [fedexLane(database), upsLane(database)], clock, wake }),
  ];
}
