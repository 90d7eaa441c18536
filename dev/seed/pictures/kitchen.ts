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
    faint(
      0.5,
      shape("M530 392 H624 V560 C624 624 586 664 524 664 H440 C510 620 530 540 530 392Z", dark),
    ),
    faint(0.5, box(208, 430, 24, 150, light, 12)),
    shape("M170 380 C176 312 270 280 400 280 C530 280 624 312 630 380Z", main),
    faint(0.45, pen("M230 346 C260 320 310 306 360 304", light, 13)),
    box(160, 374, 480, 26, deep, 13),
    box(384, 248, 32, 36, deep),
    box(352, 226, 96, 34, accent, 17),
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
    shape(
      "M92 -44 H290 C320 -44 330 -14 322 14 C314 50 290 60 262 56 H92Z",
      main === "#b4bcc2" ? accent : main,
    ),
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

export function kettle({ main, dark, light, deep, accent, accentDark }: Palette): string {
  return [
    shadow(400, 672, 220),
    pen("M296 330 C270 170 530 150 520 320", accentDark, 26),
    pen("M236 500 C160 470 190 380 110 340", dark, 36),
    shape(
      "M290 330 H520 C580 400 610 540 580 640 C576 660 562 668 546 668 H262 C246 668 234 660 230 640 C204 540 232 400 290 330Z",
      main,
    ),
    faint(
      0.5,
      shape(
        "M470 330 H520 C580 400 610 540 580 640 C576 660 562 668 546 668 H440 C530 600 530 430 470 330Z",
        dark,
      ),
    ),
    faint(0.5, pen("M274 590 C262 510 276 440 306 396", light, 18)),
    oval(404, 330, 122, 24, deep),
    oval(404, 318, 112, 22, main),
    box(386, 274, 36, 34, accent, 14),
    shape("M84 356 L128 318 L138 356 L108 374Z", dark),
  ].join("");
}

export function pourKettle({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    shadow(380, 672, 200),
    pen("M280 600 C180 590 220 380 130 330 L96 330", dark, 20),
    pen("M508 400 H630 C664 400 664 440 640 470 L606 590", accent, 30),
    pen("M620 410 C652 412 650 440 634 470", accentDark, 8),
    shape("M300 372 H500 L560 640 C562 660 552 668 536 668 H258 C242 668 232 660 236 640Z", main),
    faint(0.5, shape("M440 372 H500 L560 640 C562 660 552 668 536 668 H450Z", dark)),
    faint(0.5, pen("M306 420 L270 610", light, 16)),
    oval(400, 372, 104, 20, dark),
    oval(400, 362, 96, 18, light),
    box(384, 318, 32, 36, accent, 12),
  ].join("");
}

export function mokaPot({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    shadow(400, 680, 170),
    pen("M506 300 H600 C632 300 634 330 622 360 L596 440", accent, 30),
    shape("M296 460 H504 L540 640 C542 664 530 676 514 676 H286 C270 676 258 664 260 640Z", main),
    faint(0.5, shape("M430 460 H504 L540 640 C542 664 530 676 514 676 H440Z", dark)),
    box(280, 432, 240, 44, dark, 10),
    shape("M320 434 L290 250 L236 220 H520 L480 434Z", main),
    faint(0.5, shape("M440 434 L460 220 H520 L480 434Z", dark)),
    faint(0.5, shape("M330 420 L304 250 H336 L352 420Z", light)),
    faint(0.5, shape("M300 480 H330 L310 660 H276Z", light)),
    shape("M290 220 C300 160 470 160 494 220Z", dark),
    box(376, 132, 36, 44, accentDark, 12),
  ].join("");
}

export function frenchPress({ main, dark, accent, accentDark }: Palette): string {
  return [
    shadow(400, 680, 180),
    pen("M510 300 H590 C624 300 624 340 624 380 V500 C624 560 590 560 510 556", accent, 28),
    box(286, 230, 228, 420, "#e6eff0", 20),
    shape("M286 380 H514 V630 C514 644 506 650 494 650 H306 C294 650 286 644 286 630Z", "#6d4330"),
    faint(0.3, box(310, 250, 24, 380, "#ffffff", 12)),
    box(288, 366, 224, 16, metalDark, 6),
    box(394, 90, 12, 280, metalDark),
    disc(400, 84, 28, accentDark),
    shape("M270 236 C280 190 520 190 530 236Z", main),
    box(262, 228, 276, 22, dark, 10),
    box(272, 636, 256, 40, main, 12),
    box(276, 430, 248, 18, main, 6),
    box(290, 240, 12, 410, dark),
    box(498, 240, 12, 410, dark),
  ].join("");
}

export function grinder({ main, dark, light, accent, accentDark, deep }: Palette): string {
  return [
    shadow(400, 684, 170),
    box(394, 120, 12, 130, metalDark),
    placed(
      { x: 400, y: 130, turn: -10 },
      box(-8, -10, 200, 20, metal, 10),
      disc(196, -24, 32, accentDark),
    ),
    shape("M300 300 C310 236 490 236 500 300Z", metal),
    box(290, 296, 220, 24, metalDark, 8),
    box(286, 316, 228, 350, main, 22),
    faint(0.5, box(440, 316, 74, 350, dark, 22)),
    faint(0.5, box(310, 340, 22, 300, light, 11)),
    box(286, 480, 228, 22, deep),
    box(340, 530, 120, 90, accent, 10),
    disc(400, 576, 13, accentDark),
  ].join("");
}

export function jar({ main, dark, accent, accentDark }: Palette): string {
  return [
    shadow(400, 680, 180),
    box(260, 240, 280, 436, "#e4edee", 40),
    shape(
      "M260 400 C340 380 460 420 540 396 V636 C540 660 524 676 500 676 H300 C276 676 260 660 260 636Z",
      main,
    ),
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
    placed(
      { x: 340, y: 420, turn: -14 },
      box(-10, -220, 20, 260, wood, 10),
      oval(0, -260, 46, 66, wood),
    ),
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
    faint(
      0.45,
      shape("M150 560 H650 L640 606 C634 636 604 648 580 648 H220 C196 648 166 636 160 606Z", dark),
    ),
    shape(
      "M150 420 C190 330 270 360 300 338 C360 300 420 350 470 330 C560 310 620 360 650 420Z",
      accent,
    ),
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
