/** In whose name certificates of the mesh speak. */
const trustDomain = "shopmesh";

/** The name of a service in a certificate (a SPIFFE id, as a URI among its alternative names). */
export function identityOf(service: string, region: string): string {
  return `spiffe://${trustDomain}/${region}/${service}`;
}

/**
 * The services of `region` that a certificate names. A process that hosts several services has one certificate for them.
 * `subjectAltName` is as Node writes it: "URI:spiffe://shopmesh/eu/order, DNS:order".
 */
export function servicesNamedIn(subjectAltName: string | undefined, region: string): readonly string[] {
  const prefix = `URI:${identityOf("", region)}`;
  // Node puts in quotes what could be taken for a further name.
  const names = (subjectAltName ?? "").replaceAll(/"(?:[^"\\]|\\.)*"/g, "").split(", ");
  return names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}
