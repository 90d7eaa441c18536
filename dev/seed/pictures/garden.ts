import {
  box,
  disc,
  faint,
  metal,
  metalDark,
  oval,
  pen,
  placed,
  shadow,
  shape,
  soot,
  times,
  wood,
  type Palette,
} from "./canvas.ts";

export function wateringCan({ main, dark, light, deep, accent }: Palette): string {
  return [
    shadow(420, 676, 230),
    pen("M560 420 C720 380 700 620 566 620", dark, 26),
    pen("M330 350 C360 230 540 230 560 350", dark, 22),
    shape("M330 520 L160 300 L128 322 L300 620Z", main),
    placed(
      { x: 140, y: 304, turn: -40 },
      box(-60, -20, 120, 36, deep, 10),
      times(4, (index) => disc(-40 + index * 26, -2, 5, accent)),
    ),
    shape("M310 340 H580 V630 C580 660 566 672 540 672 H350 C324 672 310 660 310 630Z", main),
    faint(0.45, shape("M500 340 H580 V630 C580 660 566 672 540 672 H470 C500 560 510 440 500 340Z", dark)),
    oval(445, 344, 135, 26, deep),
    faint(0.5, box(336, 400, 22, 210, light, 11)),
    times(4, (index) => pen(`M${84 + index * 22} ${370 + (index % 2) * 30} l-14 46`, "#8cb9d2", 7)),
  ].join("");
}

export function secateurs({ main, dark, accent, accentDark }: Palette): string {
  return placed(
    { x: 400, y: 400, turn: 32 },
    shape("M-10 20 C-90 -60 -110 -180 -40 -310 C20 -220 40 -100 30 10Z", metal),
    shape("M10 20 C70 -60 110 -130 90 -230 C30 -180 -10 -80 -20 10Z", metalDark),
    shape("M-24 20 C-110 120 -130 250 -96 330 C-70 344 -50 334 -46 310 C-50 220 -20 120 30 40Z", main),
    shape("M24 20 C110 120 130 250 96 330 C70 344 50 334 46 310 C50 220 20 120 -30 40Z", dark),
    disc(0, 14, 32, accent),
    disc(0, 14, 13, accentDark),
    pen("M-30 130 C0 150 0 150 30 130 C0 176 0 176 -26 190", metalDark, 8),
  );
}

export function trowel({ main, dark, accent, accentDark }: Palette): string {
  const tool = (x: number, turn: number, ...head: readonly string[]) =>
    placed(
      { x, y: 400, turn },
      box(-20, 70, 40, 230, main, 20),
      box(2, 70, 18, 230, dark, 9),
      box(-9, -40, 18, 130, metalDark, 6),
      ...head,
      pen("M0 284 c-20 40 20 40 0 0", accent, 6),
    );
  return [
    tool(
      300,
      -9,
      shape("M-70 -240 C-70 -290 0 -330 0 -330 C0 -330 70 -290 70 -240 V-90 C70 -50 -70 -50 -70 -90Z", metal),
      shape("M0 -330 C0 -330 70 -290 70 -240 V-90 C70 -70 40 -60 0 -60Z", metalDark),
    ),
    tool(
      510,
      9,
      times(3, (index) => box(-64 + index * 52, -300, 22, 200, metal, 10)),
      box(-64, -130, 126, 66, accentDark, 24),
    ),
  ].join("");
}

export function umbrella({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    pen("M400 130 V600 C400 690 510 690 506 610", accent, 20),
    pen("M506 640 V606", accentDark, 24),
    box(394, 80, 12, 60, metalDark, 6),
    shape(
      "M100 420 C110 230 250 120 400 120 C550 120 690 230 700 420 C650 370 600 370 550 420 C500 370 450 370 400 420 C350 370 300 370 250 420 C200 370 150 370 100 420Z",
      main,
    ),
    shape("M400 120 C550 120 690 230 700 420 C650 370 600 370 550 420 C540 300 490 190 400 120Z", dark),
    shape("M400 120 C310 190 260 300 250 420 C200 370 150 370 100 420 C110 230 250 120 400 120Z", light),
    faint(0.5, shape("M400 120 C330 200 300 300 300 384 C280 388 266 400 250 420 C260 300 310 190 400 120Z", main)),
  ].join("");
}

export function helmet({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    shadow(400, 640, 260),
    pen("M230 500 C270 600 330 640 360 640 M520 510 C480 600 400 650 350 640", accentDark, 14),
    shape("M130 500 C120 320 240 200 420 200 C590 200 690 320 680 470 C560 500 300 520 130 500Z", main),
    faint(0.4, shape("M480 206 C610 226 690 330 680 470 C640 480 590 488 540 494 C570 390 550 280 480 206Z", dark)),
    times(3, (index) =>
      shape(
        `M${236 + index * 120} 420 C${240 + index * 120} 350 ${262 + index * 112} 300 ${312 + index * 84} 260 C${322 + index * 96} 310 ${310 + index * 116} 370 ${296 + index * 124} 424Z`,
        accentDark,
      ),
    ),
    faint(0.5, pen("M180 420 C196 340 240 280 300 250", light, 14)),
    shape("M120 494 C300 520 560 504 686 466 L692 500 C560 540 300 552 124 528Z", accent),
    box(330, 624, 70, 28, soot, 10),
  ].join("");
}

export function bikeLight({ main, dark, light, accent }: Palette): string {
  return [
    faint(0.45, shape("M330 360 L20 220 V620 L330 480Z", "#ffe9b0")),
    box(60, 560, 680, 46, metalDark, 23),
    box(60, 560, 680, 16, metal, 8),
    box(430, 480, 90, 150, soot, 20),
    box(310, 320, 320, 190, main, 60),
    faint(0.45, box(310, 430, 320, 80, dark, 40)),
    disc(340, 416, 88, soot),
    disc(340, 416, 68, "#fff6d8"),
    disc(340, 416, 30, "#ffffff"),
    box(480, 340, 90, 26, accent, 13),
    faint(0.5, box(440, 378, 160, 14, light, 7)),
  ].join("");
}

export function grill({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    shadow(400, 696, 210),
    pen("M320 520 L250 690 M480 520 L550 690 M400 530 V670", metalDark, 16),
    shape("M180 400 H620 C620 500 530 570 400 570 C270 570 180 500 180 400Z", main),
    faint(0.4, shape("M520 400 H620 C620 500 530 570 400 570 C470 530 510 470 520 400Z", dark)),
    faint(0.4, pen("M216 440 C236 490 280 520 320 534", light, 12)),
    box(160, 376, 480, 34, accentDark, 12),
    box(176, 366, 448, 10, metal, 5),
    shape("M180 360 C190 240 290 190 400 190 C510 190 610 240 620 360Z", main),
    faint(0.4, shape("M480 200 C570 226 614 290 620 360 H540 C536 300 520 246 480 200Z", dark)),
    box(350, 148, 100, 30, accent, 15),
    pen("M366 190 V170 M434 190 V170", metalDark, 10),
    box(110, 420, 70, 20, wood, 8),
    box(620, 420, 70, 20, wood, 8),
  ].join("");
}
