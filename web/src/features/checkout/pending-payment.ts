import { openStored } from "../../api/stored.ts";

/** The payment for which this browser was sent to the bank; empty for none. */
export const pendingPayment = openStored("shopmesh.pending-payment");

/** Leaves for the bank's page. Throws where the address is no web address. */
export function actAt(actionUrl: string): void {
  const url = new URL(actionUrl);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw new Error(`no web address: ${url.protocol}`);
  window.location.assign(url.href);
}
