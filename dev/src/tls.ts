import { join } from "node:path";

/** Who is given a certificate: a file name, and the services that it may speak for. */
export type Holder = { readonly name: string; readonly services: readonly string[] };

/** Programs beside the mesh that call services directly: the seed, tools, tests. */
export const toolHolder: Holder = { name: "seed", services: ["seed"] };

export const defaultHours = 24;

/** Where the certificates of a launcher's folder are. */
export function certificateFolder(folder: string): string {
  return join(folder, "certificates");
}

/** One holder for each kind of process, its replicas alike, and one for programs beside them. */
export function holdersOf(
  plans: readonly { readonly group: string; readonly services: readonly string[] }[],
): readonly Holder[] {
  const groups = new Map(plans.map(({ group, services }) => [group, { name: group, services }]));
  return [...groups.values(), toolHolder];
}

/** Where a holder's files are, as the settings that a process is told them by. */
export function tlsVariables(folder: string, name: string): Record<string, string> {
  return {
    TLS_CERTIFICATE_FILE: join(folder, `${name}.pem`),
    TLS_KEY_FILE: join(folder, `${name}-key.pem`),
    TLS_CA_FILE: join(folder, "ca.pem"),
  };
}
