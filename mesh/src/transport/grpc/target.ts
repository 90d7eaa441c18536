import { isIP } from "node:net";

/**
 * The grpc target of an address setting: one "host:port"; several instances as "ip:port,ip:port"; or "dns:///name:port",
 * which stands for whatever the name resolves to. Throws an Error that says what is wrong.
 */
export function grpcTargetOf(address: string): string {
  if (address.startsWith("dns:")) {
    if (!/^dns:\/\/[^/\s]*\/[^\s,:/]+:\d{1,5}$/.test(address)) {
      throw new Error(`must be dns:///name:port, not "${address}"`);
    }
    return address;
  }
  const places = address.split(",").map((place) => splitPlace(place.trim()));
  const [only] = places;
  if (places.length === 1 && only !== undefined) return `dns:///${only.text}`;
  const families = new Set(places.map(({ host }) => isIP(host)));
  const [family = 0] = families;
  if (families.size > 1 || family === 0) {
    throw new Error(`must name its instances by addresses of one family, or all of them as dns:///name:port`);
  }
  return `ipv${family}:${places.map(({ text }) => text).join(",")}`;
}

/** Whether an address setting may stand for more than one instance. */
export function mayBeSeveral(address: string): boolean {
  return address.startsWith("dns:") || address.includes(",");
}

/** The host in "host:port", without the brackets of an IPv6 address. Throws an Error for anything else. */
export function hostOf(address: string): string {
  return splitPlace(address).host;
}

/** Whether only this machine reaches `host`. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function splitPlace(text: string): { readonly host: string; readonly text: string } {
  const match = /^(?:\[([0-9a-f:]+)\]|([^\s:,/]+)):(\d{1,5})$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || Number(match?.[3]) > 65_535) throw new Error(`must be host:port, not "${text}"`);
  return { host, text };
}
