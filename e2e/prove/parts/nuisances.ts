import { frame, preface } from "@shopmesh/mesh/testing";

/** Frames that carry no request, over and over on one HTTP/2 connection, by what they are. */
export const floodKinds: Readonly<Record<string, Buffer>> = {
  pings: frame(6, 0, 0, Buffer.alloc(8)),
  settings: frame(4, 0, 0),
  "halves of a head": Buffer.concat([frame(1, 0, 1), frame(9, 0, 1)]),
};

const list =
  "POST /shop.catalog.v1.CatalogService/ListProducts HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n";

/** All that who is slow ever says on a connection, by what he does. */
export const slowKinds: Readonly<Record<string, string | Buffer>> = {
  "says nothing": "",
  "sends half a head": "GET / HTTP/1.1\r\nhost: sh",
  "sends half a body": `${list}content-length: 100\r\n\r\n{`,
  "asks nothing over HTTP/2": preface,
};

/** What became of connections that were to be ended for what they do. */
export type Ends = {
  readonly opened: number;
  /** Turned away before they did it, which tells nothing of what would have ended them. */
  readonly refused: number;
  /** In time. */
  readonly ended: number;
};

/** By kind. */
export type EndsByKind = Readonly<Record<string, Ends>>;

/** `left` and `right` together. */
export function addEnds(left: EndsByKind, right: EndsByKind): EndsByKind {
  const sums = new Map(Object.entries(left));
  for (const [kind, { opened, refused, ended }] of Object.entries(right)) {
    const sum = sums.get(kind) ?? { opened: 0, refused: 0, ended: 0 };
    sums.set(kind, { opened: sum.opened + opened, refused: sum.refused + refused, ended: sum.ended + ended });
  }
  return Object.fromEntries(sums);
}
