import type { DueWork } from "../agenda.ts";
import type { Faults } from "../faults.ts";
import type { Route } from "../http.ts";
import { payPalRoutes } from "./api.ts";
import { payPalPages } from "./approve.ts";
import { payPalEndpoints, showPayPal } from "./endpoints.ts";
import { createOrderStore } from "./orders-store.ts";
import { certificateRoute } from "./signing.ts";
import { payPalTime } from "./time.ts";
import type { PayPalWorld } from "./world.ts";

/** By what PayPal knows the shop. */
export type PayPalIdentity = {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly webhookId: string;
};

/** Who asks a sandbox that was told of nobody. */
export const payPalStandard: PayPalIdentity = {
  clientId: "shopmesh_sandbox_paypal",
  clientSecret: "shopmesh_sandbox_paypal_secret",
  webhookId: "SHOPMESHSANDBOX01",
};

/** PayPal: what it answers, and what time does to it. */
export function openPayPal(
  around: Omit<PayPalWorld, "orders">,
  faults: Faults,
  identity = payPalStandard,
): { readonly routes: readonly Route[]; readonly work: DueWork } {
  const { database, ledger, clock, webhooks, publicUrl } = around;
  const world: PayPalWorld = { database, ledger, clock, webhooks, publicUrl, orders: createOrderStore(database) };
  return {
    routes: [
      ...payPalRoutes({ world, faults, ...identity }, payPalEndpoints(identity.webhookId), showPayPal),
      ...payPalPages(world),
      certificateRoute(database),
    ],
    work: payPalTime(world),
  };
}
