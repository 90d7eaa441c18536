import {
  box,
  decorate,
  disc,
  faint,
  leaf,
  metal,
  metalDark,
  oval,
  paper,
  pen,
  placed,
  ring,
  shadow,
  shape,
  soot,
  times,
  wood,
  woodDark,
  type Palette,
} from "./canvas.ts";

/** A novel standing: its cover shows a landscape in the product's colours. */
export function novel({ main, dark, light, deep, accent, accentLight }: Palette): string {
  return [
    shadow(410, 692, 210),
    shape("M560 110 L612 138 V690 L560 682Z", paper),
    times(5, (index) => pen(`M${570 + index * 9} ${124 + index * 5} V684`, "#dcd2bf", 2)),
    box(206, 104, 358, 586, main, 8),
    box(206, 104, 34, 586, dark, 8),
    disc(440, 290, 78, accentLight),
    shape("M240 470 C300 380 370 400 420 450 C470 500 520 470 564 430 V690 H240Z", accent),
    shape("M240 570 C340 500 450 540 564 590 V690 H240Z", deep),
    box(280, 146, 244, 20, light, 10),
    box(320, 182, 164, 12, light, 6),
  ].join("");
}

/** A book of facts: bold bands on the cover. */
export function manual({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    shadow(410, 692, 220),
    shape("M580 130 L624 156 V690 L580 682Z", paper),
    box(190, 124, 394, 566, main, 8),
    box(190, 124, 34, 566, dark, 8),
    box(224, 420, 360, 170, accent),
    times(3, (index) => ring(404, 505, 30 + index * 26, index % 2 ? light : accentDark, 10)),
    box(268, 180, 270, 26, light, 13),
    box(268, 224, 190, 26, light, 13),
    box(268, 290, 120, 14, accent, 7),
    box(268, 628, 110, 14, light, 7),
  ].join("");
}

export function cookbook({ main, dark, light, accent }: Palette): string {
  return [
    shadow(410, 692, 230),
    shape("M596 150 L636 172 V690 L596 682Z", paper),
    box(176, 144, 424, 546, main, 8),
    box(176, 144, 30, 546, dark, 8),
    disc(404, 440, 158, "#ffffff"),
    disc(404, 440, 146, paper),
    disc(404, 440, 112, "#ece2d0"),
    disc(372, 430, 54, accent),
    disc(440, 456, 44, "#c9d08a"),
    shape("M388 380 C420 350 470 366 474 406 C440 420 404 412 388 380Z", leaf),
    box(268, 192, 280, 22, light, 11),
    box(314, 230, 188, 12, light, 6),
  ].join("");
}

export function pictureBook({ main, light, dark, accent, accentDark }: Palette): string {
  return [
    shadow(400, 660, 300),
    shape("M400 240 C320 190 200 190 110 220 V640 C200 610 320 610 400 650Z", main),
    shape("M400 240 C480 190 600 190 690 220 V640 C600 610 480 610 400 650Z", light),
    shape("M400 250 C320 206 210 204 128 230 V616 C210 592 320 592 400 630Z", paper),
    shape("M400 250 C480 206 590 204 672 230 V616 C590 592 480 592 400 630Z", "#fffdf8"),
    disc(264, 360, 66, accent),
    shape("M150 540 C200 450 300 470 380 560 V590 C310 570 220 566 150 580Z", leaf),
    disc(560, 420, 70, accentDark),
    disc(560, 372, 46, accent),
    disc(546, 366, 6, soot),
    disc(576, 366, 6, soot),
    pen("M524 340 L506 300 M596 340 L614 300", accentDark, 16),
    times(2, (index) => box(460, 520 + index * 30, 170 - index * 50, 10, "#d8cfbf", 5)),
    pen("M400 250 V640", dark, 5),
  ].join("");
}

export function notebook({ main, dark, light, accent, finish }: Palette): string {
  return [
    placed(
      { x: 400, y: 410, turn: -7 },
      faint(0.14, box(-186, -266, 400, 560, soot, 20)),
      box(-186, -276, 400, 556, paper, 16),
      box(-200, -280, 400, 560, main, 20),
      box(-200, -280, 58, 560, dark, 18),
      faint(0.8, finish === "plain" ? "" : decorate(finish, { x: -130, y: -200, width: 320, height: 400 }, accent)),
      box(144, -280, 18, 560, accent),
      box(-80, -150, 170, 90, light, 10),
      box(-56, -124, 122, 10, dark, 5),
      box(-56, -100, 80, 10, dark, 5),
      shape("M-40 280 L-40 340 L-26 322 L-12 340 V280Z", accent),
    ),
  ].join("");
}

export function fountainPen({ main, dark, light, accent }: Palette): string {
  return [
    placed(
      { x: 400, y: 420, turn: -42 },
      faint(0.14, box(-300, 6, 620, 56, soot, 28)),
      box(-120, -30, 440, 60, main, 28),
      faint(0.45, box(-120, 4, 440, 26, dark, 13)),
      faint(0.5, box(-60, -20, 300, 10, light, 5)),
      box(10, -34, 22, 68, accent, 4),
      box(60, -46, 250, 14, accent, 7),
      box(288, -46, 22, 34, accent, 6),
      box(-190, -24, 80, 48, soot, 12),
      shape("M-190 -22 C-240 -20 -290 -6 -320 0 C-290 6 -240 20 -190 22Z", accent),
      pen("M-310 0 H-216", soot, 4),
      disc(-216, 0, 6, soot),
    ),
    pen("M120 690 C160 640 196 720 236 676 C262 648 290 690 330 676", main, 7),
  ].join("");
}

export function pencils({ main, dark, accent, light }: Palette): string {
  const fills = ["#c7433f", "#e5843a", "#efc23f", "#5c9a6a", "#4a7fc0", "#6b4468"];
  return [
    shadow(400, 690, 200),
    fills
      .map((fill, index) =>
        placed(
          { x: 285 + index * 46 },
          shape(
            `M-18 ${230 - (index % 3) * 26} L0 ${150 - (index % 3) * 26} L18 ${230 - (index % 3) * 26}Z`,
            "#e8c99a",
          ),
          shape(`M-6 ${177 - (index % 3) * 26} L0 ${150 - (index % 3) * 26} L6 ${177 - (index % 3) * 26}Z`, fill),
          box(-18, 230 - (index % 3) * 26, 36, 260, fill),
          faint(0.25, box(6, 230 - (index % 3) * 26, 12, 260, soot)),
        ),
      )
      .join(""),
    box(236, 400, 330, 288, main, 18),
    faint(0.45, box(470, 400, 96, 288, dark, 18)),
    box(236, 480, 330, 90, accent),
    box(290, 512, 160, 12, light, 6),
    box(290, 536, 100, 12, light, 6),
  ].join("");
}

export function puzzle({ main, dark, light, accent, accentDark }: Palette): string {
  const piece =
    "M0 0 H44 C30 -40 90 -40 76 0 H120 V44 C160 30 160 90 120 76 V120 H76 C90 84 30 84 44 120 H0 V76 C36 90 36 30 0 44Z";
  return [
    placed({ x: 180, y: 250 }, shape(piece, main)),
    placed({ x: 300, y: 370 }, shape(piece, dark)),
    placed({ x: 300, y: 250 }, shape(piece, accent)),
    placed({ x: 180, y: 370 }, shape(piece, light)),
    placed({ x: 180, y: 490 }, shape(piece, accentDark)),
    placed({ x: 420, y: 370 }, shape(piece, main)),
    placed({ x: 300, y: 490 }, shape(piece, light)),
    placed({ x: 530, y: 210, turn: 24 }, shape(piece, accent)),
    placed({ x: 520, y: 540, turn: -14 }, shape(piece, accentDark)),
  ].join("");
}

export function boardGame({ main, dark, light, accent, accentDark }: Palette): string {
  const pawn = (x: number, y: number, fill: string) =>
    placed({ x, y }, disc(0, -82, 30, fill), shape("M-18 -64 H18 L44 0 H-44Z", fill), box(-50, -6, 100, 22, fill, 11));
  return [
    shadow(400, 672, 300),
    box(120, 470, 560, 190, dark, 16),
    box(120, 440, 560, 60, main, 16),
    box(160, 540, 300, 26, light, 13),
    box(160, 582, 180, 18, light, 9),
    ring(590, 575, 44, accent, 14),
    pawn(250, 430, accent),
    pawn(352, 430, accentDark),
    placed(
      { x: 520, y: 380, turn: 12 },
      box(-54, -54, 108, 108, paper, 20),
      disc(-24, -24, 11, soot),
      disc(24, 24, 11, soot),
      disc(0, 0, 11, soot),
      disc(24, -24, 11, soot),
      disc(-24, 24, 11, soot),
    ),
  ].join("");
}

export function playingCards({ main, dark, light, accent }: Palette): string {
  const card = (turn: number, fill: string, mark: string) =>
    placed(
      { x: 400, y: 640, turn },
      faint(0.15, box(-108, -440, 230, 350, soot, 24)),
      box(-115, -450, 230, 350, paper, 24),
      box(-97, -432, 194, 314, fill, 14),
      placed({ y: -275 }, shape("M0 -80 L58 0 L0 80 L-58 0Z", mark)),
    );
  return [card(-32, dark, light), card(-11, main, light), card(11, accent, paper), card(33, paper, main)].join("");
}

export function woodenToy({ main, dark, accent, accentDark, light }: Palette): string {
  const wheel = (x: number) =>
    [disc(x, 610, 66, accentDark), disc(x, 610, 44, accent), disc(x, 610, 15, woodDark)].join("");
  return [
    shadow(400, 676, 300),
    box(120, 480, 560, 110, wood, 24),
    box(120, 548, 560, 42, woodDark, 20),
    box(460, 260, 190, 240, main, 22),
    box(496, 300, 118, 100, light, 14),
    box(436, 232, 238, 44, dark, 18),
    box(170, 370, 310, 124, accent, 56),
    box(230, 290, 60, 100, dark, 12),
    box(214, 268, 92, 36, main, 14),
    wheel(220),
    wheel(400),
    wheel(590),
    faint(0.5, disc(250, 200, 30, "#ffffff"), disc(300, 150, 42, "#ffffff")),
  ].join("");
}

export function blocks({ main, dark, accent, accentDark, light }: Palette): string {
  return [
    shadow(400, 676, 260),
    box(180, 500, 170, 170, main, 14),
    box(362, 500, 170, 170, accent, 14),
    shape("M546 670 L626 500 L700 670Z", accentDark),
    box(268, 320, 170, 170, wood, 14),
    shape("M450 490 C450 376 600 376 600 490 H560 C560 430 490 430 490 490Z", dark),
    shape("M268 310 L353 180 L438 310Z", light),
    disc(265, 585, 44, light),
    box(414, 552, 66, 66, paper, 10),
    ring(353, 405, 38, woodDark, 12),
  ].join("");
}

export function globe({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    shadow(400, 692, 150),
    oval(400, 676, 140, 24, accentDark),
    box(386, 580, 28, 96, accent, 8),
    pen("M250 170 C110 320 190 600 420 590 C520 586 590 530 616 470", accent, 16),
    disc(400, 360, 204, main),
    shape(
      "M300 190 C360 180 400 210 380 260 C350 290 370 330 330 350 C280 350 240 320 216 290 C230 250 260 210 300 190Z M440 330 C500 310 560 330 590 380 C580 450 540 510 490 536 C450 500 470 440 440 410 C420 380 420 350 440 330Z M330 440 C360 430 390 450 380 490 C366 530 330 520 320 480Z",
      light,
    ),
    faint(0.35, shape("M470 168 C560 196 604 270 604 360 C604 450 550 530 470 552 C540 440 540 280 470 168Z", dark)),
    disc(256, 164, 15, metal),
    disc(618, 470, 13, metalDark),
  ].join("");
}
