import {
  box,
  decorate,
  faint,
  oval,
  paper,
  pen,
  placed,
  shadow,
  shape,
  soot,
  times,
  wood,
  woodDark,
  type Palette,
} from "./canvas.ts";

export function cushion({ main, dark, light, accent, accentDark, finish }: Palette): string {
  return [
    shadow(400, 676, 230),
    placed(
      { x: 490, y: 420, turn: 14 },
      shape(
        "M-190 -200 C-60 -170 60 -170 190 -200 C170 -60 170 60 190 200 C60 170 -60 170 -190 200 C-170 60 -170 -60 -190 -200Z",
        accentDark,
      ),
    ),
    placed(
      { x: 372, y: 450, turn: -4 },
      shape(
        "M-220 -220 C-70 -184 70 -184 220 -220 C190 -70 190 70 220 220 C70 186 -70 186 -220 220 C-190 70 -190 -70 -220 -220Z",
        main,
      ),
      faint(0.8, decorate(finish, { x: -176, y: -160, width: 352, height: 320 }, accent)),
      faint(0.45, shape("M220 -220 C190 -70 190 70 220 220 C70 186 -70 186 -220 220 C-60 150 120 120 220 -220Z", dark)),
      faint(0.5, pen("M-160 -150 C-60 -130 20 -128 90 -136", light, 12)),
    ),
  ].join("");
}

export function blanket({ main, dark, light, accent, finish }: Palette): string {
  return [
    shadow(400, 664, 270),
    box(150, 540, 500, 116, dark, 46),
    box(160, 430, 480, 120, main, 50),
    box(150, 316, 500, 124, light, 52),
    faint(0.85, decorate(finish === "plain" ? "band" : finish, { x: 226, y: 328, width: 330, height: 100 }, accent)),
    shape("M238 316 H420 V620 C420 628 416 632 408 632 H250 C242 632 238 628 238 620Z", main),
    faint(0.85, decorate(finish === "plain" ? "stripe" : finish, { x: 238, y: 380, width: 182, height: 220 }, accent)),
    times(9, (index) => pen(`M${248 + index * 20} 632 V666`, main, 7)),
    faint(0.4, pen("M420 330 V620", dark, 8)),
  ].join("");
}

export function towels({ main, dark, light, accent, accentLight }: Palette): string {
  const folded = (y: number, fill: string, edge: string, width: number) =>
    [
      box(400 - width / 2, y, width, 104, fill, 48),
      box(400 - width / 2 + 20, y + 44, width - 60, 10, edge, 5),
      faint(0.5, box(400 + width / 2 - 84, y + 20, 8, 64, edge, 4)),
    ].join("");
  return [
    shadow(400, 668, 250),
    folded(560, dark, main, 480),
    folded(454, main, dark, 468),
    folded(348, light, main, 476),
    folded(242, accent, accentLight, 440),
    box(250, 276, 20, 60, accentLight, 4),
  ].join("");
}

export function rug({ main, dark, light, accent, accentDark, finish }: Palette): string {
  return [
    box(150, 90, 500, 620, main, 8),
    pen(
      Array.from({ length: 24 }, (_, index) => `M${162 + index * 20} 92 V64 M${162 + index * 20} 708 V736`).join(""),
      light,
      6,
    ),
    finish === "plain"
      ? [box(180, 120, 440, 560, dark, 4), box(196, 136, 408, 528, main, 4)].join("")
      : decorate(finish, { x: 170, y: 110, width: 460, height: 580 }, accent),
    times(3, (row) =>
      placed(
        { x: 400, y: 240 + row * 160 },
        shape("M0 -70 L90 0 L0 70 L-90 0Z", row % 2 ? accent : accentDark),
        shape("M0 -38 L48 0 L0 38 L-48 0Z", light),
      ),
    ),
    times(2, (side) =>
      times(4, (row) =>
        placed({ x: 240 + side * 320, y: 190 + row * 140 }, shape("M0 -26 L30 0 L0 26 L-30 0Z", accent)),
      ),
    ),
  ].join("");
}

export function roundRug({ main, dark, light, accent }: Palette): string {
  return [
    faint(0.12, oval(408, 412, 310, 310, "#2a2320")),
    oval(400, 400, 310, 310, main),
    oval(400, 400, 262, 262, dark),
    oval(400, 400, 246, 246, light),
    oval(400, 400, 196, 196, main),
    oval(400, 400, 140, 140, accent),
    oval(400, 400, 124, 124, main),
    oval(400, 400, 62, 62, dark),
    oval(400, 400, 44, 44, light),
  ].join("");
}

export function bedding({ main, dark, light, accent, accentLight, accentDark, finish }: Palette): string {
  return [
    shadow(400, 660, 280),
    box(130, 520, 540, 130, main, 34),
    faint(0.5, box(130, 600, 540, 50, dark, 25)),
    faint(0.8, decorate(finish, { x: 160, y: 528, width: 480, height: 70 }, accent)),
    box(146, 420, 508, 112, light, 40),
    faint(0.35, pen("M180 500 H620", dark, 6)),
    placed(
      { x: 400, y: 330, turn: -3 },
      shape(
        "M-210 -86 C-90 -70 90 -70 210 -86 C196 -30 196 30 210 86 C90 104 -90 104 -210 86 C-196 30 -196 -30 -210 -86Z",
        accent,
      ),
      faint(0.6, decorate(finish, { x: -170, y: -56, width: 340, height: 112 }, accentLight)),
      faint(0.4, shape("M-210 86 C-90 104 90 104 210 86 C208 70 206 60 204 50 C80 74 -100 74 -204 50Z", accentDark)),
    ),
    placed(
      { x: 400, y: 210, turn: 2 },
      shape(
        "M-180 -70 C-80 -56 80 -56 180 -70 C168 -24 168 24 180 70 C80 84 -80 84 -180 70 C-168 24 -168 -24 -180 -70Z",
        paper,
      ),
      faint(0.1, shape("M-180 70 C-80 84 80 84 180 70 C178 56 176 46 174 40 C70 60 -90 60 -174 40Z", soot)),
    ),
  ].join("");
}

export function curtain({ main, dark, light, deep }: Palette): string {
  const half = (x: number) =>
    [
      shape(
        `M${x} 130 H${x + 230} C${x + 236} 330 ${x + 226} 520 ${x + 234} 716 H${x - 4} C${x + 4} 520 ${x - 6} 330 ${x} 130Z`,
        main,
      ),
      times(4, (fold) =>
        faint(
          0.5,
          pen(
            `M${x + 34 + fold * 54} 140 C${x + 26 + fold * 56} 330 ${x + 44 + fold * 52} 520 ${x + 32 + fold * 54} 706`,
            fold % 2 ? light : dark,
            16,
          ),
        ),
      ),
    ].join("");
  return [
    box(240, 140, 320, 520, "#dfeaf0"),
    box(396, 140, 8, 520, "#ffffff"),
    box(240, 390, 320, 8, "#ffffff"),
    half(110),
    half(460),
    box(80, 108, 640, 18, deep, 9),
    times(12, (index) => box(112 + index * 51, 100, 14, 44, woodDark, 7)),
  ].join("");
}

export function apron({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    pen("M318 220 C310 120 490 120 482 220", accentDark, 14),
    pen("M250 380 C180 390 170 450 150 520 M550 380 C620 390 630 450 650 520", accentDark, 12),
    shape(
      "M316 200 H484 C486 290 510 340 566 372 V690 C566 704 558 710 546 710 H254 C242 710 234 704 234 690 V372 C290 340 314 290 316 200Z",
      main,
    ),
    faint(
      0.4,
      shape("M484 200 C486 290 510 340 566 372 V690 C566 704 558 710 546 710 H500 C530 560 520 380 450 200Z", dark),
    ),
    box(310, 470, 180, 130, light, 10),
    box(310, 470, 180, 22, accent, 8),
    box(396, 476, 8, 124, dark),
    box(318, 200, 164, 16, accent, 6),
  ].join("");
}

export function teaTowel({ main, dark, accent, finish }: Palette): string {
  return [
    box(170, 130, 460, 22, wood, 11),
    faint(0.13, box(272, 148, 290, 540, soot, 6)),
    shape("M260 136 H540 V676 C450 688 350 664 260 676Z", main),
    decorate(finish === "plain" ? "stripe" : finish, { x: 260, y: 380, width: 280, height: 240 }, accent),
    faint(0.35, shape("M440 136 H540 V676 C500 682 470 680 440 676Z", dark)),
    pen("M380 140 C376 110 420 110 416 140", accent, 8),
    pen("M330 160 C340 340 324 500 334 660", dark, 3),
  ].join("");
}
