import { paintOf } from "../colours.ts";
import type { SeedAttribute, SeedProduct } from "../types.ts";
import { canvasSize, palette, room, wall } from "./canvas.ts";
import { motifs, standsOnFloor } from "./motifs.ts";

/**
 * The product's picture as a complete SVG document, 800 × 800, without text, script or reference.
 * With a variant's option values the product wears that variant's colour.
 */
export function drawPicture(
  { picture }: Pick<SeedProduct, "picture">,
  optionValues: readonly SeedAttribute[] = [],
): string {
  const motif = motifs[picture.motif];
  if (!motif) throw new Error(`no picture is called ${picture.motif}`);
  const paintFrom = (option: string | undefined) =>
    paintOf(optionValues.find(({ name }) => name === option)?.value ?? "");
  const main = paintFrom(picture.mainOption) ?? picture.main;
  const wanted = paintFrom(picture.accentOption) ?? picture.accent;
  // An accent that equals the variant's colour would vanish: the picture's own colour takes its place.
  const accent = main === wanted && main !== picture.main ? picture.main : wanted;
  const scene = standsOnFloor(picture.motif) ? room(picture.background) : wall(picture.background);
  const drawing = motif(palette(main, accent, picture.finish));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${canvasSize} ${canvasSize}" width="${canvasSize}" height="${canvasSize}">${scene}${drawing}</svg>`;
}
