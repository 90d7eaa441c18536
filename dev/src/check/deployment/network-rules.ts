import { BlockList, isIPv4 } from "node:net";
import type { Compose, ComposeService } from "./compose.ts";
import type { Deployment } from "./deployment.ts";
import { finding } from "./file-rules.ts";
import type { DeploymentFinding } from "./finding.ts";

type Pool = { readonly subnet?: string; readonly ip_range?: string };

/** Rules for addresses: one that is a service's own must not be given to another container that starts before it. */
export function checkNetworks({ resolved }: Deployment): readonly DeploymentFinding[] {
  return Object.entries(resolved.services).flatMap(([name, service]) =>
    fixedAddressesOf(service).flatMap(({ network, address }) => {
      const pools = poolsOf(resolved, network);
      if (!pools.some(({ subnet }) => contains(subnet, address)))
        return [finding("address-not-kept", name, `${address} is in no subnet of network ${network}`)];
      // Without a range of its own, what is given to whoever comes is the whole subnet.
      const isGiven = pools.some(({ subnet, ip_range: range = subnet }) => contains(range, address));
      return isGiven
        ? [finding("address-not-kept", name, `${address} may be given to another container: ip_range of ${network}`)]
        : [];
    }),
  );
}

function fixedAddressesOf({ networks = {} }: ComposeService) {
  if (Array.isArray(networks)) return [];
  return Object.entries(networks).flatMap(([network, place]) => {
    const address = (place as { readonly ipv4_address?: string } | null)?.ipv4_address;
    return address === undefined ? [] : [{ network, address }];
  });
}

function poolsOf({ networks = {} }: Compose, name: string): readonly Pool[] {
  return (networks[name] as { readonly ipam?: { readonly config?: readonly Pool[] } } | null)?.ipam?.config ?? [];
}

function contains(range: string | undefined, address: string): boolean {
  const [base = "", bits] = (range ?? "").split("/");
  if (!isIPv4(base)) return false;
  const block = new BlockList();
  block.addSubnet(base, Number(bits));
  return block.check(address);
}
