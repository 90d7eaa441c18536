import {
  box,
  disc,
  faint,
  metalDark,
  oval,
  pen,
  placed,
  ring,
  shadow,
  shape,
  soot,
  times,
  type Palette,
} from "./canvas.ts";

const glow = "#ffe7ad";

export function pendant({ main, dark, light, accent }: Palette): string {
  return [
    box(396, 0, 8, 250, soot),
    box(366, 0, 68, 22, soot, 8),
    box(378, 236, 44, 46, accent, 10),
    faint(0.45, shape("M214 500 H586 L700 800 H100Z", glow)),
    shape("M382 272 H418 C500 292 584 392 596 500 H204 C216 392 300 292 382 272Z", main),
    faint(0.55, shape("M418 272 C500 292 584 392 596 500 H500 C496 400 462 310 400 272Z", dark)),
    faint(0.45, pen("M262 456 C280 398 310 352 342 326", light, 16)),
    oval(400, 500, 196, 26, "#fff3d2"),
    box(204, 486, 392, 14, dark, 7),
    disc(400, 514, 34, "#fffaf0"),
  ].join("");
}

export function globePendant({ main, light, accent, accentDark }: Palette): string {
  return [
    box(396, 0, 8, 200, soot),
    box(366, 0, 68, 22, soot, 8),
    faint(0.35, disc(400, 400, 268, glow)),
    disc(400, 400, 196, main),
    faint(0.6, disc(400, 400, 150, "#fff6df")),
    disc(400, 400, 58, "#fffaf0"),
    box(352, 188, 96, 44, accent, 12),
    box(352, 216, 96, 16, accentDark, 8),
    faint(0.6, pen("M252 360 C262 306 296 270 334 252", light, 14)),
  ].join("");
}

export function tableLamp({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    shadow(400, 676, 170),
    faint(0.5, shape("M250 380 H550 L640 660 H160Z", glow)),
    shape(
      "M370 390 H430 C420 440 480 470 490 540 C498 610 470 664 430 664 H370 C330 664 302 610 310 540 C320 470 380 440 370 390Z",
      accent,
    ),
    faint(
      0.5,
      shape(
        "M430 390 C420 440 480 470 490 540 C498 610 470 664 430 664 H410 C450 620 456 560 440 510 C424 464 408 440 412 390Z",
        accentDark,
      ),
    ),
    box(320, 650, 160, 22, accentDark, 10),
    shape("M306 140 H494 L566 388 H234Z", main),
    faint(0.5, shape("M440 140 H494 L566 388 H476Z", dark)),
    faint(0.5, shape("M320 140 H352 L314 388 H262Z", light)),
    box(234, 380, 332, 14, dark, 7),
    box(306, 134, 188, 12, dark, 6),
  ].join("");
}

export function deskLamp({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    shadow(360, 676, 190),
    faint(0.5, shape("M470 318 L630 240 L780 640 H430Z", glow)),
    oval(330, 660, 130, 24, dark),
    oval(330, 650, 130, 24, main),
    pen("M330 646 L264 400 L470 214", accent, 18),
    pen("M344 640 L280 408", accentDark, 8),
    disc(264, 400, 24, main),
    disc(264, 400, 10, light),
    disc(470, 214, 20, dark),
    placed(
      { x: 492, y: 222, turn: -28 },
      shape("M-42 -40 H42 C96 -10 110 54 112 104 H-112 C-110 54 -96 -10 -42 -40Z", main),
      faint(0.5, shape("M42 -40 C96 -10 110 54 112 104 H50 C54 40 40 0 10 -40Z", dark)),
      oval(0, 104, 112, 17, "#fff3d2"),
      box(-22, -66, 44, 34, dark, 12),
    ),
  ].join("");
}

export function floorLamp({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    shadow(400, 704, 140),
    faint(0.4, shape("M262 300 H538 L640 690 H160Z", glow)),
    placed({ x: 400, y: 300, turn: 15 }, box(-9, 0, 18, 404, accentDark, 8)),
    placed({ x: 400, y: 300, turn: -15 }, box(-9, 0, 18, 404, accent, 8)),
    box(391, 280, 18, 410, accent, 8),
    shape("M316 70 H484 L548 300 H252Z", main),
    faint(0.5, shape("M430 70 H484 L548 300 H458Z", dark)),
    faint(0.5, shape("M328 70 H358 L322 300 H276Z", light)),
    box(252, 292, 296, 14, dark, 7),
    disc(400, 470, 22, accentDark),
  ].join("");
}

export function arcLamp({ main, dark, light, accent }: Palette): string {
  return [
    shadow(270, 700, 130),
    faint(0.45, shape("M432 336 H668 L740 690 H370Z", glow)),
    box(170, 668, 200, 32, accent, 10),
    pen("M270 672 V330 C270 130 550 90 550 220", metalDark, 16),
    shape("M536 210 H564 C622 220 666 276 672 336 H428 C434 276 478 220 536 210Z", main),
    faint(0.5, shape("M564 210 C622 220 666 276 672 336 H600 C600 280 580 236 550 210Z", dark)),
    faint(0.45, pen("M470 312 C480 280 496 258 514 246", light, 12)),
    oval(550, 336, 122, 16, "#fff3d2"),
  ].join("");
}

export function lantern({ main, dark, deep, accent }: Palette): string {
  return [
    shadow(400, 684, 160),
    ring(400, 150, 66, deep, 14),
    box(296, 206, 208, 46, main, 16),
    box(340, 176, 120, 44, dark, 14),
    box(280, 252, 240, 350, "#f6ead0"),
    faint(0.5, disc(400, 440, 130, glow)),
    box(360, 420, 80, 170, accent, 14),
    shape("M400 320 C428 356 424 402 400 408 C376 402 372 356 400 320Z", "#f5b13d"),
    times(2, (side) => box(272 + side * 240, 246, 16, 366, main, 5)),
    box(256, 596, 288, 50, main, 14),
    box(276, 640, 248, 38, dark, 12),
  ].join("");
}

export function bulb({ main, accent, accentDark, light }: Palette): string {
  return [
    faint(0.4, disc(400, 340, 260, glow)),
    shape(
      "M400 130 C532 130 600 230 590 330 C582 410 500 450 478 540 H322 C300 450 218 410 210 330 C200 230 268 130 400 130Z",
      main,
    ),
    pen("M352 530 C330 420 340 380 366 360 C392 420 408 420 434 360 C460 380 470 420 448 530", "#e79a2e", 9),
    faint(0.6, pen("M262 330 C262 270 296 220 340 200", light, 16)),
    box(328, 536, 144, 104, accent, 14),
    times(3, (row) => box(320, 556 + row * 28, 160, 12, accentDark, 6)),
    box(366, 640, 68, 26, soot, 10),
  ].join("");
}

export function wallLamp({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    faint(0.4, shape("M280 330 L130 0 H670 L520 330Z", glow)),
    faint(0.4, shape("M280 540 L130 800 H670 L520 540Z", glow)),
    faint(0.14, box(370, 370, 80, 180, "#2a2320", 20)),
    box(360, 356, 80, 170, accentDark, 20),
    box(388, 420, 24, 60, accent, 8),
    box(270, 320, 260, 230, main, 24),
    faint(0.5, box(450, 320, 80, 230, dark, 24)),
    faint(0.45, box(296, 340, 26, 190, light, 13)),
    oval(400, 326, 128, 16, "#fff3d2"),
  ].join("");
}
