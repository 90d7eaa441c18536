import * as bags from "./bags.ts";
import * as camp from "./camp.ts";
import type { Motif } from "./canvas.ts";
import * as clothing from "./clothing.ts";
import * as coffee from "./coffee.ts";
import * as furniture from "./furniture.ts";
import * as garden from "./garden.ts";
import * as home from "./home.ts";
import * as kitchen from "./kitchen.ts";
import * as lighting from "./lighting.ts";
import * as paper from "./paper.ts";
import * as shoes from "./shoes.ts";
import * as tableware from "./tableware.ts";
import * as tech from "./tech.ts";
import * as textiles from "./textiles.ts";

/** What stands on a floor. */
const standing = {
  ...furniture,
  ...bags,
  ...tech,
  ...tableware,
  ...camp,
  ...garden,
  ...shoes,
  ...home,
  ...kitchen,
  ...coffee,
  ...lighting,
  ...paper,
  ...textiles,
  ...clothing,
} satisfies Record<string, Motif>;

/** The name of a shape that the seed can draw. */
export type MotifName = keyof typeof standing;

/** What hangs on a wall or lies under the eye: no floor behind it. */
const withoutFloor: ReadonlySet<string> = new Set<MotifName>([
  "clock",
  "mirror",
  "frame",
  "hooks",
  "pendant",
  "globePendant",
  "bulb",
  "wallLamp",
  "rug",
  "roundRug",
  "apron",
  "teaTowel",
  "pan",
  "knife",
  "board",
  "rollingPin",
  "plates",
  "cutlery",
  "tee",
  "shirt",
  "sweater",
  "jacket",
  "trousers",
  "dress",
  "scarf",
  "beanie",
  "socks",
  "gloves",
  "cap",
  "sandal",
  "sleepingBag",
  "headlamp",
  "secateurs",
  "trowel",
  "umbrella",
  "bikeLight",
  "wallet",
  "notebook",
  "fountainPen",
  "puzzle",
  "playingCards",
  "headphones",
  "keyboard",
  "mouse",
  "powerBank",
]);

/** Every shape by its name. */
export const motifs: Readonly<Record<string, Motif>> = standing;

/** Whether the floor shows behind that shape. */
export function standsOnFloor(motif: string): boolean {
  return !withoutFloor.has(motif);
}
