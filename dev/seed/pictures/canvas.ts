import { darker, lighter, mix } from "../colours.ts";
import type { Finish } from "../types.ts";

/** A picture's width and height in its own units. */
export const canvasSize = 800;

/** What a motif paints with: the product's two colours and their shades. */
export type Palette = {
  readonly main: string;
  readonly light: string;
  readonly dark: string;
  readonly deep: string;
  readonly accent: string;
  readonly accentLight: string;
  readonly accentDark: string;
  readonly finish: Finish;
};

/** Draws one kind of product, standing on the floor at y = 660. */
export type Motif = (palette: Palette) => string;

/** The palette of two colours. */
export function palette(main: string, accent: string, finish: Finish): Palette {
  return {
    main,
    light: lighter(main, 0.24),
    dark: darker(main, 0.16),
    deep: darker(main, 0.36),
    accent,
    accentLight: lighter(accent, 0.24),
    accentDark: darker(accent, 0.2),
    finish,
  };
}

/** Neutral paints that many motifs share. */
export const paper = "#faf6ee";
export const metal = "#b9c0c5";
export const metalDark = "#868f96";
export const soot = "#34373c";
export const wood = "#b98a5a";
export const woodDark = "#8f673f";
export const leaf = "#5f8a5a";
export const leafDark = "#476c48";

/** A rectangle with corners of radius `round`. */
export function box(x: number, y: number, width: number, height: number, fill: string, round = 0): string {
  const corner = round > 0 ? ` rx="${round}"` : "";
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}"${corner} fill="${fill}"/>`;
}

/** A disc. */
export function disc(x: number, y: number, radius: number, fill: string): string {
  return `<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}"/>`;
}

/** An ellipse by its half axes. */
export function oval(x: number, y: number, across: number, down: number, fill: string): string {
  return `<ellipse cx="${x}" cy="${y}" rx="${across}" ry="${down}" fill="${fill}"/>`;
}

/** A circle's outline. */
export function ring(x: number, y: number, radius: number, stroke: string, width: number): string {
  return `<circle cx="${x}" cy="${y}" r="${radius}" fill="none" stroke="${stroke}" stroke-width="${width}"/>`;
}

/** A filled path. */
export function shape(path: string, fill: string): string {
  return `<path d="${path}" fill="${fill}"/>`;
}

/** A path drawn with a round pen. */
export function pen(path: string, stroke: string, width: number): string {
  return `<path d="${path}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;
}

/** Drawings moved, turned (degrees) about their own origin, and scaled. */
export function placed(
  { x = 0, y = 0, turn = 0, scale = 1 }: { x?: number; y?: number; turn?: number; scale?: number },
  ...drawings: readonly string[]
): string {
  const rotation = turn === 0 ? "" : ` rotate(${turn})`;
  const size = scale === 1 ? "" : ` scale(${scale})`;
  return `<g transform="translate(${x} ${y})${rotation}${size}">${drawings.join("")}</g>`;
}

/** Drawings seen through: 0 is nothing, 1 is solid. */
export function faint(opacity: number, ...drawings: readonly string[]): string {
  return `<g opacity="${opacity}">${drawings.join("")}</g>`;
}

/** The same thing drawn for each number from 0 to `count` − 1. */
export function times(count: number, draw: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => draw(index)).join("");
}

/** A soft shadow on the floor. */
export function shadow(x: number, y: number, across: number, down = 22): string {
  return faint(0.16, oval(x, y, across, down, "#2a2320"));
}

/** The finish on a rectangle of the surface: stripes, a band, specks or checks in `colour`. */
export function decorate(
  finish: Finish,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  colour: string,
): string {
  switch (finish) {
    case "plain":
      return "";
    case "band":
      return box(x, y + height * 0.36, width, height * 0.26, colour);
    case "stripe":
      return times(4, (row) =>
        box(x, Math.round(y + (height * (row + 0.3)) / 4), width, Math.round(height / 10), colour),
      );
    case "check":
      return faint(
        0.75,
        times(3, (row) => box(x, Math.round(y + (height * (row + 0.3)) / 3), width, Math.round(height / 14), colour)),
        times(4, (column) =>
          box(Math.round(x + (width * (column + 0.35)) / 4), y, Math.round(width / 18), height, colour),
        ),
      );
    case "speckle":
      return times(22, (index) =>
        disc(
          Math.round(x + 8 + (((index * 61) % 97) / 97) * (width - 16)),
          Math.round(y + 8 + (((index * 37) % 89) / 89) * (height - 16)),
          3 + (index % 3),
          colour,
        ),
      );
  }
}

/** A wall with light on it. */
export function wall(background: string): string {
  return box(0, 0, canvasSize, canvasSize, background) + disc(400, 400, 340, mix(background, "#ffffff", 0.34));
}

/** A wall, its light and a floor. */
export function room(background: string): string {
  return wall(background) + box(0, 640, canvasSize, 160, mix(background, "#6b5d52", 0.14));
}
