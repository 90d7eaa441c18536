import {
  box,
  decorate,
  disc,
  faint,
  metalDark,
  oval,
  pen,
  shadow,
  shape,
  soot,
  times,
  type Palette,
} from "./canvas.ts";

const buckle = "#c9a14a";

export function backpack({ main, dark, light, deep, accent, accentDark }: Palette): string {
  return [
    shadow(400, 690, 210),
    pen("M340 150 C340 80 460 80 460 150", deep, 22),
    box(190, 400, 90, 220, dark, 40),
    box(520, 400, 90, 220, dark, 40),
    shape(
      "M240 330 C240 200 300 130 400 130 C500 130 560 200 560 330 V620 C560 664 534 690 490 690 H310 C266 690 240 664 240 620Z",
      main,
    ),
    faint(
      0.4,
      shape("M500 160 C540 200 560 250 560 330 V620 C560 664 534 690 490 690 H450 C510 560 520 340 500 160Z", dark),
    ),
    shape("M240 330 C240 200 300 130 400 130 C500 130 560 200 560 330 V380 C500 410 300 410 240 380Z", light),
    box(280, 450, 240, 190, dark, 30),
    box(296, 466, 208, 158, main, 24),
    pen("M300 500 H500", deep, 7),
    box(312, 360, 36, 100, accent, 8),
    box(452, 360, 36, 100, accent, 8),
    box(308, 430, 44, 30, buckle, 6),
    box(448, 430, 44, 30, buckle, 6),
    box(362, 240, 76, 50, accentDark, 8),
  ].join("");
}

export function rollTop({ main, dark, light, deep, accent }: Palette): string {
  return [
    shadow(400, 692, 190),
    shape("M250 250 H550 V630 C550 668 528 690 490 690 H310 C272 690 250 668 250 630Z", main),
    faint(0.4, shape("M470 250 H550 V630 C550 668 528 690 490 690 H430 C470 560 480 380 470 250Z", dark)),
    box(236, 140, 328, 70, dark, 34),
    box(250, 190, 300, 70, light, 14),
    box(384, 130, 32, 290, deep, 8),
    box(370, 372, 60, 40, accent, 8),
    box(290, 470, 220, 160, dark, 16),
    pen("M310 500 H490", accent, 8),
    faint(0.5, box(276, 280, 18, 320, light, 9)),
    pen("M250 320 C210 380 210 520 250 600 M550 320 C590 380 590 520 550 600", deep, 18),
  ].join("");
}

export function tote({ main, dark, light, accent, accentDark, finish }: Palette): string {
  return [
    shadow(400, 690, 230),
    pen("M290 330 C290 90 420 90 420 330", accentDark, 24),
    pen("M380 330 C380 110 510 110 510 330", accent, 24),
    shape("M196 310 H604 L632 650 C634 676 620 690 598 690 H202 C180 690 166 676 168 650Z", main),
    faint(0.85, decorate(finish, { x: 190, y: 420, width: 420, height: 200 }, accent)),
    faint(0.4, shape("M500 310 H604 L632 650 C634 676 620 690 598 690 H500 C530 560 530 430 500 310Z", dark)),
    box(190, 304, 420, 34, light, 10),
    disc(302, 352, 9, buckle),
    disc(498, 352, 9, buckle),
    faint(0.4, pen("M220 380 L206 640", light, 10)),
  ].join("");
}

export function duffel({ main, dark, light, deep, accent, accentDark }: Palette): string {
  return [
    shadow(400, 660, 320),
    pen("M280 400 C280 200 520 200 520 400", accentDark, 24),
    box(100, 360, 600, 290, main, 110),
    faint(0.4, box(560, 360, 140, 290, dark, 100)),
    box(100, 360, 130, 290, dark, 90),
    pen("M220 384 H590", deep, 12),
    box(262, 366, 36, 284, accent),
    box(502, 366, 36, 284, accent),
    box(320, 470, 160, 120, light, 16),
    box(320, 470, 160, 20, deep, 8),
    box(380, 250, 40, 44, accent, 8),
    disc(160, 500, 20, buckle),
  ].join("");
}

export function suitcase({ main, dark, light, deep, accent }: Palette): string {
  return [
    shadow(400, 700, 180),
    pen("M340 180 V70 H460 V180", metalDark, 16),
    box(330, 56, 140, 30, soot, 12),
    box(220, 160, 360, 500, main, 46),
    faint(0.4, box(500, 160, 80, 500, dark, 40)),
    times(5, (index) =>
      [box(266 + index * 58, 190, 12, 440, dark, 6), box(280 + index * 58, 190, 6, 440, light, 3)].join(""),
    ),
    box(370, 150, 60, 28, deep, 10),
    box(216, 400, 368, 12, deep),
    box(560, 380, 30, 54, accent, 8),
    disc(270, 676, 26, soot),
    disc(530, 676, 26, soot),
    disc(270, 676, 10, metalDark),
    disc(530, 676, 10, metalDark),
  ].join("");
}

export function wallet({ main, dark, light, deep, accent }: Palette): string {
  return [
    faint(0.14, box(152, 262, 520, 350, soot, 34)),
    box(180, 190, 440, 120, accent, 16),
    box(200, 218, 60, 40, "#f0d48a", 6),
    box(160, 226, 480, 100, "#d8d2c6", 14),
    box(140, 250, 520, 340, main, 34),
    faint(0.4, box(140, 480, 520, 110, dark, 34)),
    box(158, 268, 484, 304, light, 24),
    box(166, 276, 468, 288, main, 20),
    shape("M660 360 H520 C480 360 480 470 520 470 H660Z", deep),
    disc(536, 415, 16, buckle),
    faint(0.5, pen("M170 330 H420", dark, 5)),
  ].join("");
}

export function crossbody({ main, dark, light, deep, accent }: Palette): string {
  return [
    shadow(400, 676, 220),
    pen("M210 420 C180 60 620 60 590 420", accent, 18),
    box(196, 340, 408, 330, main, 60),
    faint(0.4, box(520, 340, 84, 330, dark, 50)),
    shape(
      "M196 400 C196 350 220 330 260 330 H540 C580 330 604 350 604 400 V470 C604 540 500 560 400 560 C300 560 196 540 196 470Z",
      light,
    ),
    faint(0.5, pen("M204 476 C220 540 300 556 400 556 C500 556 580 540 596 476", dark, 8)),
    box(370, 520, 60, 80, deep, 14),
    disc(400, 574, 14, buckle),
    disc(210, 410, 15, buckle),
    disc(590, 410, 15, buckle),
  ].join("");
}

export function washBag({ main, dark, light, deep, accent, finish }: Palette): string {
  return [
    shadow(400, 654, 290),
    shape(
      "M150 420 C150 350 200 330 260 330 H540 C600 330 650 350 650 420 L670 600 C672 636 650 650 620 650 H180 C150 650 128 636 130 600Z",
      main,
    ),
    faint(0.8, decorate(finish, { x: 170, y: 440, width: 460, height: 170 }, accent)),
    faint(
      0.4,
      shape("M560 334 C620 340 650 360 650 420 L670 600 C672 636 650 650 620 650 H540 C580 540 590 430 560 334Z", dark),
    ),
    pen("M180 366 H620", deep, 16),
    pen("M190 366 H610", buckle, 5),
    box(150, 352, 60, 28, buckle, 8),
    pen("M640 400 C730 400 730 520 650 520", accent, 22),
    faint(0.5, pen("M180 440 L164 590", light, 12)),
    oval(180, 366, 10, 10, deep),
  ].join("");
}
