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

export function headphones({ main, dark, light, deep, accent }: Palette): string {
  return [
    pen("M196 470 C170 150 630 150 604 470", main, 44),
    pen("M226 380 C240 190 560 190 574 380", accent, 20),
    faint(0.6, pen("M212 344 C232 262 300 226 372 220", light, 10)),
    box(140, 400, 130, 240, dark, 60),
    box(530, 400, 130, 240, dark, 60),
    box(190, 390, 90, 260, deep, 44),
    box(520, 390, 90, 260, deep, 44),
    box(128, 430, 90, 180, main, 44),
    box(582, 430, 90, 180, main, 44),
    disc(172, 520, 22, accent),
    disc(628, 520, 22, accent),
  ].join("");
}

export function earbuds({ main, dark, light, deep, accent }: Palette): string {
  const bud = (x: number, side: 1 | -1) =>
    `<g transform="translate(${x} 250) scale(${side} 1)">${box(10, 0, 44, 190, main, 22)}${disc(0, 0, 74, main)}${faint(0.4, box(34, 0, 20, 190, dark, 10))}${oval(-56, 14, 34, 44, deep)}${disc(16, -14, 14, accent)}</g>`;
  return [
    shadow(400, 676, 230),
    bud(300, 1),
    bud(500, -1),
    box(200, 450, 400, 220, dark, 100),
    box(200, 436, 400, 190, main, 90),
    box(200, 500, 400, 10, deep),
    faint(0.5, box(250, 456, 260, 18, light, 9)),
    disc(400, 570, 10, accent),
  ].join("");
}

export function speaker({ main, dark, light, deep, accent, finish }: Palette): string {
  return [
    shadow(400, 688, 190),
    box(236, 110, 328, 574, main, 40),
    faint(0.4, box(490, 110, 74, 574, dark, 36)),
    disc(400, 490, 128, deep),
    disc(400, 490, 108, dark),
    disc(400, 490, 72, deep),
    disc(400, 490, 32, accent),
    disc(400, 248, 70, deep),
    disc(400, 248, 50, dark),
    disc(400, 248, 20, accent),
    faint(0.5, box(262, 150, 14, 480, light, 7)),
    finish === "plain" ? "" : box(236, 640, 328, 44, accent, 20),
  ].join("");
}

export function portableSpeaker({ main, dark, light, deep, accent }: Palette): string {
  return [
    shadow(400, 644, 300),
    pen("M250 310 C250 220 550 220 550 310", accent, 22),
    box(110, 300, 580, 340, main, 120),
    times(6, (row) => times(13, (column) => disc(196 + column * 34 + (row % 2) * 8, 360 + row * 42, 7, dark))),
    faint(0.4, box(110, 560, 580, 80, deep, 40)),
    box(320, 316, 160, 22, light, 11),
    disc(640, 470, 14, accent),
  ].join("");
}

export function radio({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    shadow(400, 660, 310),
    pen("M600 290 L690 90", metalDark, 9),
    pen("M200 290 C210 200 590 200 600 290", accent, 20),
    box(110, 280, 580, 370, main, 50),
    box(140, 312, 300, 306, dark, 26),
    times(7, (index) => box(164, 340 + index * 38, 252, 14, light, 7)),
    box(466, 316, 196, 84, "#f3e7c6", 12),
    times(8, (index) => box(484 + index * 22, 336, 5, 26, soot, 2)),
    box(560, 326, 6, 66, "#c7433f", 3),
    disc(512, 500, 50, accentDark),
    disc(512, 500, 38, accent),
    disc(616, 500, 42, accentDark),
    disc(616, 500, 30, accent),
    box(508, 462, 8, 34, soot, 4),
    box(612, 470, 8, 26, soot, 4),
    box(150, 644, 60, 22, dark, 6),
    box(590, 644, 60, 22, dark, 6),
  ].join("");
}

export function keyboard({ main, dark, light, accent, accentLight }: Palette): string {
  return [
    placed(
      { x: 400, y: 420, turn: -5 },
      faint(0.14, box(-320, -118, 660, 280, soot, 30)),
      box(-330, -140, 660, 280, dark, 30),
      box(-330, -146, 660, 268, main, 28),
      times(4, (row) =>
        times(12, (column) =>
          box(
            -306 + column * 51.5,
            -122 + row * 54,
            43,
            44,
            row === 0 && column === 0 ? accent : column === 11 ? accentLight : light,
            9,
          ),
        ),
      ),
      box(-306, 94, 95, 16, light, 7),
      box(-203, 94, 352, 16, light, 7),
      box(157, 94, 146, 16, accent, 7),
    ),
  ].join("");
}

export function mouse({ main, dark, light, deep, accent }: Palette): string {
  return [
    faint(0.14, oval(414, 440, 170, 270, soot)),
    shape(
      "M400 150 C520 150 570 240 570 400 C570 580 520 680 400 680 C280 680 230 580 230 400 C230 240 280 150 400 150Z",
      main,
    ),
    shape("M400 150 C520 150 570 240 570 400 C570 580 520 680 400 680 C480 560 480 280 400 150Z", dark),
    pen("M400 150 V380 M232 390 C340 420 460 420 568 390", deep, 7),
    box(380, 220, 40, 110, accent, 20),
    faint(0.5, pen("M270 500 C280 570 304 610 330 630", light, 14)),
  ].join("");
}

export function powerBank({ main, dark, light, accent }: Palette): string {
  return [
    placed(
      { x: 380, y: 400, turn: -12 },
      faint(0.14, box(-126, -256, 290, 540, soot, 50)),
      box(-140, -270, 280, 540, main, 48),
      faint(0.4, box(60, -270, 80, 540, dark, 40)),
      times(4, (index) => disc(-60 + index * 40, 190, 10, index < 3 ? accent : dark)),
      box(-60, -274, 60, 18, soot, 6),
      box(30, -274, 40, 18, soot, 6),
      faint(0.5, box(-112, -210, 18, 350, light, 9)),
    ),
    pen("M370 136 C370 40 640 60 640 240 C640 420 560 480 620 640", accent, 16),
    box(596, 630, 48, 80, metalDark, 10),
    box(606, 704, 28, 26, metal, 4),
  ].join("");
}

export function charger({ main, dark, light, accent }: Palette): string {
  return [
    shadow(400, 680, 210),
    oval(400, 660, 200, 34, dark),
    oval(400, 646, 200, 34, main),
    box(372, 420, 56, 224, dark, 20),
    placed(
      { x: 400, y: 330, turn: -4 },
      box(-120, -230, 240, 440, soot, 36),
      box(-106, -214, 212, 408, "#9fb9c4", 24),
      shape("M10 -90 L-50 20 H-6 L-18 100 L52 -16 H4Z", "#ffffff"),
      box(-40, -204, 80, 12, soot, 6),
    ),
    disc(400, 646, 9, accent),
    faint(0.5, pen("M250 640 C290 622 340 616 380 614", light, 7)),
  ].join("");
}

export function turntable({ main, dark, light, accent }: Palette): string {
  return [
    shadow(400, 668, 310),
    box(100, 230, 600, 420, main, 24),
    box(100, 590, 600, 60, dark, 24),
    disc(340, 412, 168, soot),
    times(4, (index) => ring(340, 412, 150 - index * 24, "#4b5057", 3)),
    disc(340, 412, 52, accent),
    disc(340, 412, 8, paper),
    disc(604, 300, 40, metalDark),
    disc(604, 300, 24, metal),
    pen("M604 300 V440 L500 510", metal, 14),
    placed({ x: 494, y: 514, turn: 34 }, box(-22, -16, 48, 32, light, 6)),
    disc(604, 540, 26, dark),
    disc(604, 540, 14, metal),
    box(150, 644, 70, 24, soot, 6),
    box(580, 644, 70, 24, soot, 6),
  ].join("");
}

export function laptopStand({ main, dark, light, accent }: Palette): string {
  return [
    shadow(400, 690, 250),
    box(190, 150, 420, 280, soot, 18),
    box(206, 166, 388, 248, "#a9c2cc", 8),
    shape("M206 380 C300 300 380 340 440 300 C500 270 560 290 594 270 V414 H206Z", "#7fa0ab"),
    box(150, 430, 500, 28, metal, 12),
    shape("M180 458 H620 L640 490 H160Z", main),
    shape("M360 490 H440 L470 660 H330Z", dark),
    box(240, 650, 320, 36, main, 16),
    faint(0.5, box(262, 656, 240, 9, light, 4)),
    box(164, 484, 472, 10, accent, 5),
  ].join("");
}

export function organiser({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    shadow(400, 668, 290),
    placed(
      { x: 250, y: 380, turn: -6 },
      box(-12, -170, 24, 260, accent, 8),
      shape("M-12 -170 L0 -210 L12 -170Z", "#e8c99a"),
    ),
    placed({ x: 306, y: 380, turn: 4 }, box(-11, -190, 22, 280, accentDark, 8)),
    box(350, 250, 20, 200, metal, 8),
    box(130, 580, 540, 84, main, 18),
    box(180, 390, 240, 210, main, 16),
    faint(0.4, box(360, 390, 60, 210, dark, 16)),
    box(450, 470, 190, 120, light, 14),
    box(470, 440, 150, 60, paper, 6),
    box(470, 510, 150, 12, dark, 6),
    faint(0.4, box(130, 630, 540, 34, dark, 16)),
    box(200, 420, 16, 140, light, 8),
    box(560, 600, 70, 26, wood, 8),
    box(160, 604, 120, 14, woodDark, 7),
  ].join("");
}
