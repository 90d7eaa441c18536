import {
  box,
  disc,
  faint,
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

export function pot({ main, dark, light, deep, accent }: Palette): string {
  return [
    shadow(400, 668, 260),
    pen("M186 440 C120 430 120 510 190 506 M614 440 C680 430 680 510 610 506", dark, 26),
    shape("M176 392 H624 V560 C624 624 586 664 524 664 H276 C214 664 176 624 176 560Z", main),
    faint(0.5, shape("M530 392 H624 V560 C624 624 586 664 524 664 H440 C510 620 530 540 530 392Z", dark)),
    faint(0.5, box(208, 430, 24, 150, light, 12)),
    shape("M170 380 C176 312 270 280 400 280 C530 280 624 312 630 380Z", main),
    faint(0.45, pen("M230 346 C260 320 310 306 360 304", light, 13)),
    box(160, 374, 480, 26, deep, 13),
    box(384, 248, 32, 36, deep),
    box(352, 226, 96, 34, accent, 17),
  ].join("");
}

export function saucepan({ main, dark, light, deep, accent, accentDark }: Palette): string {
  return [
    shadow(340, 668, 200),
    box(500, 420, 240, 36, accent, 18),
    box(500, 440, 240, 16, accentDark, 8),
    disc(716, 438, 9, paper),
    shape("M150 400 H530 V600 C530 644 506 664 470 664 H210 C174 664 150 644 150 600Z", main),
    faint(0.5, shape("M450 400 H530 V600 C530 644 506 664 470 664 H390 C440 610 450 540 450 400Z", dark)),
    faint(0.6, box(180, 440, 20, 170, light, 10)),
    shape("M150 388 C160 330 230 312 340 312 C450 312 520 330 530 388Z", light),
    box(136, 382, 408, 24, deep, 12),
    box(326, 284, 28, 32, deep),
    box(302, 262, 76, 30, accent, 15),
  ].join("");
}

export function pan({ main, dark, light, deep, accent, accentDark }: Palette): string {
  return [
    faint(0.14, disc(330, 438, 224, soot)),
    placed(
      { x: 470, y: 300, turn: -38 },
      box(40, -26, 300, 52, accent, 26),
      box(40, 4, 300, 22, accentDark, 11),
      disc(306, 0, 11, accentDark),
    ),
    disc(320, 424, 226, dark),
    disc(320, 420, 222, main),
    disc(320, 420, 188, deep),
    faint(0.6, disc(320, 420, 180, dark)),
    faint(0.28, pen("M192 396 C204 330 250 284 312 276", light, 18)),
    placed({ x: 486, y: 288, turn: -38 }, box(-8, -32, 70, 64, dark, 14)),
  ].join("");
}

export function knife({ main, dark, accent, accentDark }: Palette): string {
  return placed(
    { x: 400, y: 410, turn: -38 },
    faint(0.14, box(-300, 6, 600, 70, soot, 30)),
    shape("M-330 -40 H70 V62 H-110 C-220 62 -300 20 -330 -40Z", "#d5dbdf"),
    shape("M-316 -10 H70 V62 H-110 C-212 62 -284 34 -316 -10Z", metal),
    box(66, -46, 30, 112, metalDark, 8),
    shape("M92 -44 H290 C320 -44 330 -14 322 14 C314 50 290 60 262 56 H92Z", main === "#b4bcc2" ? accent : main),
    faint(0.5, shape("M92 16 H322 C314 50 290 60 262 56 H92Z", dark)),
    disc(140, 4, 10, accentDark),
    disc(204, 4, 10, accentDark),
    disc(268, 4, 10, accentDark),
  );
}

export function board({ main, dark, light, accent }: Palette): string {
  return [
    faint(0.14, box(212, 132, 400, 580, soot, 54)),
    box(200, 120, 400, 580, main, 50),
    times(5, (index) =>
      faint(
        0.45,
        pen(
          `M${256 + index * 72} 210 C${244 + index * 76} 360 ${268 + index * 68} 500 ${254 + index * 72} 660`,
          index % 2 ? light : dark,
          9,
        ),
      ),
    ),
    disc(400, 176, 26, dark),
    disc(400, 176, 17, "#efe9df"),
    placed(
      { x: 400, y: 500, turn: -16 },
      shape("M-120 40 C-140 -60 -60 -110 10 -96 C96 -104 140 -40 122 40Z", "#d9964f"),
      faint(0.5, pen("M-60 -40 L-40 -6 M0 -58 L20 -22 M60 -48 L80 -12", "#f4d7a4", 11)),
      box(-122, 26, 246, 22, "#b87437", 11),
    ),
    box(300, 560, 190, 12, accent, 6),
  ].join("");
}

export function jar({ main, dark, accent, accentDark }: Palette): string {
  return [
    shadow(400, 680, 180),
    box(260, 240, 280, 436, "#e4edee", 40),
    shape("M260 400 C340 380 460 420 540 396 V636 C540 660 524 676 500 676 H300 C276 676 260 660 260 636Z", main),
    times(12, (index) => disc(292 + ((index * 67) % 220), 440 + ((index * 53) % 200), 13, dark)),
    faint(0.5, box(286, 280, 24, 360, "#ffffff", 12)),
    box(248, 190, 304, 66, accent, 20),
    box(248, 230, 304, 26, accentDark, 10),
    box(330, 470, 140, 90, paper, 8),
    box(352, 500, 96, 8, accentDark, 4),
    box(352, 522, 64, 8, accentDark, 4),
  ].join("");
}

export function utensils({ main, dark, light, accent, accentDark, finish }: Palette): string {
  return [
    shadow(400, 680, 170),
    placed({ x: 340, y: 420, turn: -14 }, box(-10, -220, 20, 260, wood, 10), oval(0, -260, 46, 66, wood)),
    placed(
      { x: 400, y: 420, turn: 2 },
      box(-10, -230, 20, 260, woodDark, 10),
      box(-44, -330, 88, 130, woodDark, 22),
      box(-24, -306, 8, 80, "#efe3cf", 4),
      box(-4, -306, 8, 80, "#efe3cf", 4),
      box(16, -306, 8, 80, "#efe3cf", 4),
    ),
    placed(
      { x: 462, y: 420, turn: 17 },
      box(-9, -220, 18, 260, accentDark, 9),
      shape("M-38 -330 C-38 -350 38 -350 38 -330 L30 -200 H-30Z", accent),
    ),
    box(276, 400, 248, 276, main, 26),
    faint(0.5, box(440, 400, 84, 276, dark, 26)),
    faint(0.5, box(300, 430, 22, 210, light, 11)),
    finish === "plain" ? "" : box(276, 500, 248, 60, accent),
    oval(400, 404, 124, 20, dark),
  ].join("");
}

export function bakingDish({ main, dark, light, accent }: Palette): string {
  return [
    shadow(400, 652, 290),
    box(80, 430, 640, 56, dark, 28),
    shape("M140 420 H660 L626 610 C620 636 604 648 580 648 H220 C196 648 180 636 174 610Z", main),
    faint(0.45, shape("M150 560 H650 L640 606 C634 636 604 648 580 648 H220 C196 648 166 636 160 606Z", dark)),
    shape("M150 420 C190 330 270 360 300 338 C360 300 420 350 470 330 C560 310 620 360 650 420Z", accent),
    times(7, (index) => disc(220 + index * 62, 378 + (index % 2) * 16, 15, "#f7e5bd")),
    box(112, 408, 576, 34, light, 17),
  ].join("");
}

export function scale({ main, dark, light, accent }: Palette): string {
  return [
    shadow(400, 668, 260),
    box(170, 560, 460, 104, main, 30),
    faint(0.5, box(170, 630, 460, 34, dark, 17)),
    box(300, 584, 200, 52, soot, 10),
    times(3, (index) => box(340 + index * 44, 596, 26, 28, accent, 5)),
    oval(400, 548, 220, 34, dark),
    oval(400, 538, 220, 34, light),
    shape("M270 400 H530 C530 480 490 536 400 536 C310 536 270 480 270 400Z", "#e9dfcd"),
    oval(400, 400, 130, 22, "#d2c3a8"),
    oval(400, 396, 108, 15, paper),
    ring(560, 610, 16, dark, 5),
  ].join("");
}

export function rollingPin({ main, dark, light, accent, accentDark }: Palette): string {
  return placed(
    { x: 400, y: 410, turn: -34 },
    faint(0.14, box(-320, -10, 640, 120, soot, 60)),
    box(-350, -22, 120, 44, accent, 22),
    box(230, -22, 120, 44, accent, 22),
    box(-350, 4, 120, 18, accentDark, 9),
    box(230, 4, 120, 18, accentDark, 9),
    box(-240, -68, 480, 136, main, 30),
    faint(0.5, box(-240, 16, 480, 52, dark, 26)),
    faint(0.5, box(-210, -48, 420, 18, light, 9)),
  );
}
