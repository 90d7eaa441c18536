import { commandOf, type ComposeService, targetOfVolume } from "./compose.ts";
import type { Deployment } from "./deployment.ts";
import { finding } from "./file-rules.ts";
import type { DeploymentFinding } from "./finding.ts";

/** Where nginx reads its configuration, unless it is told otherwise. */
const NGINX_CONFIGURATION = "/etc/nginx/nginx.conf";
const UNITS: Readonly<Record<string, number>> = { "": 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Rules for what is kept in memory instead of on a disk: that it has its place, and that the place is large enough. */
export function checkMemory({ resolved }: Deployment): readonly DeploymentFinding[] {
  return Object.entries(resolved.services).flatMap(([name, service]) => [
    ...prefixFindings(name, service),
    ...tmpfsFindings(name, service),
  ]);
}

/** Our nginx.conf names its files below nginx's prefix; the image's own cannot be written on a read-only root. */
function prefixFindings(name: string, service: ComposeService): readonly DeploymentFinding[] {
  const isNginx = (service.volumes ?? []).some((volume) => targetOfVolume(volume) === NGINX_CONFIGURATION);
  if (!isNginx || service.read_only !== true) return [];
  const words = commandOf(service);
  const prefix = words.includes("-p") ? (words[words.indexOf("-p") + 1] ?? "") : "";
  if (tmpfsOf(service).some(({ path }) => `${prefix}/`.startsWith(`${path}/`))) return [];
  return [finding("prefix-read-only", name, `nginx -p must name a folder of its tmpfs, not "${prefix}"`)];
}

/** What lies in a tmpfs counts as the service's memory: full, it must not be what the service is ended for. */
function tmpfsFindings(name: string, service: ComposeService): readonly DeploymentFinding[] {
  const limit = service.deploy?.resources?.limits?.memory;
  const size = tmpfsOf(service).reduce((sum, { bytes }) => sum + bytes, 0);
  if (limit === undefined || size < bytesIn(limit)) return [];
  return [finding("tmpfs-too-big", name, `its tmpfs may hold ${size} bytes, its limit of memory is ${limit}`)];
}

/** The folders in memory, "/tmp:size=64m"; one without a size may take all there is. */
function tmpfsOf({ tmpfs = [] }: ComposeService): readonly { readonly path: string; readonly bytes: number }[] {
  return [tmpfs].flat().map((each) => {
    const [path = "", options = ""] = each.split(":");
    const size = /(?:^|,)size=(\w+)/.exec(options)?.[1];
    return { path, bytes: size === undefined ? Infinity : bytesIn(size) };
  });
}

function bytesIn(size: string): number {
  const [, count = "", unit = ""] = /^(\d+)([bkmg]?)b?$/i.exec(size) ?? [];
  return Number(count) * (UNITS[unit.toLowerCase()] ?? Number.NaN);
}
