/** The shop's colour and material names, as they are painted. */
const paints = {
  Oat: "#e3d3b6",
  Ivory: "#f3ead8",
  White: "#f5f4f0",
  Chalk: "#ecebe4",
  Sand: "#d9c09a",
  Stone: "#b8b0a2",
  Pebble: "#9c968c",
  Grey: "#9aa0a6",
  Slate: "#5d6873",
  Graphite: "#454a50",
  Anthracite: "#3a3f45",
  Black: "#2b2d31",
  Ink: "#27364f",
  Navy: "#2d3f66",
  Indigo: "#3c4b8c",
  Denim: "#557aa6",
  Sky: "#8fbbd9",
  Mist: "#bccfd6",
  Petrol: "#1f5f6b",
  Teal: "#2f8f8b",
  Mint: "#a9d6c0",
  Sage: "#a3b394",
  Moss: "#6f7f4a",
  Olive: "#7d7a45",
  Fern: "#4f8a5b",
  Forest: "#2f5d46",
  Mustard: "#d9a528",
  Saffron: "#eeb02f",
  Butter: "#f2d98b",
  Apricot: "#f0a974",
  Coral: "#e97d66",
  Terracotta: "#c66b45",
  Rust: "#ab5230",
  Brick: "#a4493d",
  Cherry: "#b8323c",
  Burgundy: "#71263a",
  Plum: "#6b4468",
  Lavender: "#b3a5d1",
  Blush: "#e6bdb1",
  Rose: "#d98c96",
  Cocoa: "#6b4a38",
  Tan: "#b98352",
  Cognac: "#a35f2d",
  Natural: "#dcc39a",
  Oak: "#cfa871",
  "Smoked oak": "#7c5a3d",
  Walnut: "#7a5236",
  Ash: "#e0c9a0",
  Beech: "#dbb283",
  Pine: "#e2bd84",
  Bamboo: "#d9b56d",
  Cork: "#c79a67",
  Rattan: "#c99f63",
  Jute: "#bf9d6b",
  Linen: "#ddd0ba",
  Leather: "#9a5c34",
  Brass: "#c9a14a",
  Copper: "#c07a4d",
  Steel: "#b4bcc2",
  Silver: "#c8cdd2",
  Iron: "#4a4c4e",
  Clear: "#cfe3e6",
  Amber: "#c98a35",
  Smoke: "#7d8086",
  Green: "#5c9a6a",
  Blue: "#4a7fc0",
  Red: "#c7433f",
  Yellow: "#efc23f",
  Orange: "#e5843a",
} as const satisfies Readonly<Record<string, `#${string}`>>;

/** A colour that the shop has a word for. */
export type PaintName = keyof typeof paints;

const paintsByName: ReadonlyMap<string, string> = new Map(Object.entries(paints));

/** The paint of a colour name, `#rrggbb`; undefined for a word that is no colour. */
export function paintOf(name: PaintName): string;
export function paintOf(name: string): string | undefined;
export function paintOf(name: string): string | undefined {
  return paintsByName.get(name);
}

function channels(hex: string): readonly [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** A blend of two colours: `share` 0 is the first, 1 the second. */
export function mix(first: string, second: string, share: number): string {
  const [from, to] = [channels(first), channels(second)];
  const blend = (a: number, b: number) =>
    Math.round(a + (b - a) * share)
      .toString(16)
      .padStart(2, "0");
  return `#${blend(from[0], to[0])}${blend(from[1], to[1])}${blend(from[2], to[2])}`;
}

/** The colour with more light in it. */
export function lighter(hex: string, share = 0.25): string {
  return mix(hex, "#ffffff", share);
}

/** The colour in the shade. */
export function darker(hex: string, share = 0.18): string {
  return mix(hex, "#141821", share);
}

/** How bright a colour looks, 0 to 1. */
export function brightness(hex: string): number {
  const [red, green, blue] = channels(hex);
  return (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
}
