import { BlockList, isIP } from "node:net";
import { headerOf, type HttpRequest } from "@shopmesh/mesh";

/** The client's address: an IPv4 address, or the first 64 bits of an IPv6 one, which is what one client has. */
export type FindClientAddress = (request: HttpRequest) => string;

/**
 * The address that the socket comes from; behind trusted proxies the nearest one in X-Forwarded-For that is none of them,
 * for what stands further left anybody may have written.
 */
export function clientAddressOf(trusted: BlockList): FindClientAddress {
  // A socket comes from one place: it is looked at once.
  const seen = new WeakMap<object, { readonly nearest: string; readonly isProxy: boolean }>();
  const look = (socket: HttpRequest["socket"]) => {
    const known = seen.get(socket);
    if (known !== undefined) return known;
    const address = plain(socket.remoteAddress ?? "");
    const isProxy = isIn(trusted, address);
    const found = { nearest: isProxy ? address : networkOf(address), isProxy };
    seen.set(socket, found);
    return found;
  };
  return (request) => {
    const { nearest, isProxy } = look(request.socket);
    if (!isProxy) return nearest;
    const passed = (headerOf(request, "x-forwarded-for") ?? "").split(",").map((part) => plain(part.trim()));
    for (const address of passed.reverse()) {
      if (isIP(address) === 0) break;
      if (!isIn(trusted, address)) return networkOf(address);
    }
    return networkOf(nearest);
  };
}

/** Whether an address is a trusted proxy's: it speaks for many clients. */
export function isProxyOf(trusted: BlockList): (address: string) => boolean {
  return (address) => isIn(trusted, plain(address));
}

/** Networks with commas between them: "10.0.0.0/8, fd00::/8, 192.0.2.1". Throws an Error that names what is none. */
export function networksIn(value: string): BlockList {
  const networks = new BlockList();
  for (const part of value.split(",").map((text) => text.trim())) {
    if (part === "") continue;
    const [address = "", bits] = part.split("/", 2);
    const family = isIP(address);
    const prefix = Number(bits ?? (family === 4 ? 32 : 128));
    if (family === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > (family === 4 ? 32 : 128)) {
      throw new Error(`must be networks like 10.0.0.0/8, with commas between them, not "${part}"`);
    }
    networks.addSubnet(address, prefix, family === 4 ? "ipv4" : "ipv6");
  }
  return networks;
}

function isIn(networks: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && networks.check(address, family === 4 ? "ipv4" : "ipv6");
}

/** An IPv4 address in IPv6 clothes is an IPv4 address; a zone is of this machine only. */
function plain(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? address.replace(/%.*$/, "");
}

function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [left = "", right] = address.toLowerCase().split("::", 2);
  const groups = left === "" ? [] : left.split(":");
  const after = right === undefined || right === "" ? [] : right.split(":");
  const missing = Math.max(0, 8 - groups.length - after.length);
  const all = right === undefined ? groups : [...groups, ...Array.from({ length: missing }, () => "0"), ...after];
  const network = all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}
