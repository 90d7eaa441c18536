import {
  box,
  disc,
  faint,
  leaf,
  leafDark,
  metal,
  metalDark,
  oval,
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

export function tent({ main, dark, light, deep, accent }: Palette): string {
  return [
    shape("M60 640 L170 420 L230 520 L300 380 L420 640Z", "#8fa98a"),
    shape("M500 640 L610 430 L740 640Z", "#9fb59a"),
    disc(600, 220, 52, "#f6dfa6"),
    shadow(400, 690, 320),
    shape("M400 250 L700 680 H100Z", main),
    shape("M400 250 L700 680 H560Z", dark),
    shape("M400 250 L490 680 H310Z", deep),
    shape("M400 250 L310 680 L252 680 C300 560 360 400 400 250Z", light),
    faint(0.5, shape("M400 330 L450 680 H350Z", "#11151c")),
    pen("M400 250 V220 M150 610 L70 690 M650 610 L730 690", accent, 7),
    box(60, 680, 20, 26, metalDark, 4),
    box(720, 680, 20, 26, metalDark, 4),
    pen("M196 542 L400 250 L604 542", accent, 8),
  ].join("");
}

export function tarp({ main, dark, light, accent }: Palette): string {
  return [
    box(90, 190, 40, 480, woodDark, 8),
    box(670, 170, 40, 500, woodDark, 8),
    disc(110, 150, 90, leafDark),
    disc(690, 130, 100, leaf),
    shadow(400, 680, 240),
    pen("M110 260 L690 240", accent, 7),
    shape("M400 250 L690 400 L620 470 L400 330Z", dark),
    shape("M400 250 L110 410 L190 480 L400 330Z", main),
    shape("M150 264 L400 256 L400 334 L190 480Z", light),
    shape("M650 246 L400 256 L400 334 L620 470Z", main),
    pen("M190 480 L120 670 M620 470 L690 670", accent, 5),
  ].join("");
}

export function sleepingBag({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    placed(
      { x: 400, y: 420, turn: -18 },
      faint(0.14, box(-120, -290, 290, 620, soot, 130)),
      shape(
        "M-130 -190 C-130 -340 130 -340 130 -190 C150 -20 120 180 90 270 C70 330 -70 330 -90 270 C-120 180 -150 -20 -130 -190Z",
        main,
      ),
      shape(
        "M20 -300 C100 -300 130 -250 130 -190 C150 -20 120 180 90 270 C80 300 50 314 20 316Z",
        dark,
      ),
      times(6, (row) =>
        faint(
          0.5,
          pen(
            `M${-126 + row * 6} ${-110 + row * 66} C-50 ${-90 + row * 66} 50 ${-90 + row * 66} ${126 - row * 6} ${-110 + row * 66}`,
            light,
            6,
          ),
        ),
      ),
      oval(0, -204, 86, 78, accentDark),
      oval(0, -196, 62, 56, accent),
      pen("M60 -130 C66 0 60 100 44 200", accent, 8),
    ),
  ].join("");
}

export function stove({ main, dark, accent, accentDark, light }: Palette): string {
  return [
    shadow(400, 680, 170),
    shape("M300 480 H500 V630 C500 660 480 676 450 676 H350 C320 676 300 660 300 630Z", main),
    faint(0.4, shape("M440 480 H500 V630 C500 660 480 676 450 676 H420Z", dark)),
    shape("M300 484 C310 436 490 436 500 484Z", metal),
    box(376, 380, 48, 70, metalDark, 8),
    box(420, 396, 96, 20, accent, 10),
    disc(520, 406, 22, accentDark),
    pen("M400 400 L280 330 M400 400 L520 330 M400 400 V330", metalDark, 14),
    shape(
      "M340 330 C330 296 356 290 360 260 C380 286 392 290 400 250 C412 290 424 290 440 260 C444 290 470 296 460 330Z",
      "#5aa7d8",
    ),
    box(290, 316, 220, 14, metalDark, 7),
    box(256, 150, 288, 170, metal, 18),
    faint(0.4, box(470, 150, 74, 170, metalDark, 18)),
    pen("M544 190 H650", soot, 18),
    box(244, 132, 312, 28, metalDark, 12),
    box(300, 530, 200, 50, light),
  ].join("");
}

export function headlamp({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    faint(0.4, shape("M400 360 L30 200 V700 L400 540Z", "#ffe9b0")),
    pen("M440 330 C520 180 740 250 740 420 C740 590 520 660 440 530", accent, 38),
    pen("M440 330 C520 180 740 250 740 420 C740 590 520 660 440 530", accentDark, 6),
    box(300, 300, 230, 270, dark, 50),
    box(280, 320, 210, 230, main, 44),
    disc(376, 434, 84, soot),
    disc(376, 434, 66, "#fff6d8"),
    disc(376, 434, 30, "#ffffff"),
    box(430, 290, 66, 30, light, 12),
  ].join("");
}

export function hammock({ main, dark, light, accent }: Palette): string {
  return [
    box(70, 100, 60, 580, woodDark, 14),
    box(670, 100, 60, 580, woodDark, 14),
    disc(100, 100, 110, leafDark),
    disc(170, 150, 70, leaf),
    disc(700, 90, 120, leaf),
    shadow(400, 690, 210),
    pen("M110 270 L210 380 M690 270 L590 380", metalDark, 9),
    shape("M196 360 C230 640 570 640 604 360 C560 460 240 460 196 360Z", main),
    shape("M196 360 C240 460 560 460 604 360 C580 520 220 520 196 360Z", light),
    times(5, (index) =>
      faint(
        0.6,
        pen(
          `M${250 + index * 75} ${438 + (index === 0 || index === 4 ? -18 : 0)} C${260 + index * 70} 500 ${280 + index * 60} 550 ${296 + index * 52} 560`,
          index % 2 ? accent : dark,
          14,
        ),
      ),
    ),
  ].join("");
}

export function campChair({ main, dark, light, accent }: Palette): string {
  return [
    shadow(400, 690, 220),
    pen("M250 420 L520 680 M550 420 L280 680 M240 480 V680 M560 480 V680", metalDark, 14),
    pen("M250 150 L270 480 M550 150 L530 480", metalDark, 14),
    shape("M246 150 C300 180 500 180 554 150 L530 430 C480 460 320 460 270 430Z", main),
    faint(0.4, shape("M480 172 C510 168 540 160 554 150 L530 430 C510 442 490 448 460 450Z", dark)),
    shape("M250 430 C330 480 470 480 550 430 L566 500 C480 560 320 560 234 500Z", dark),
    box(200, 396, 70, 26, accent, 12),
    box(530, 396, 70, 26, accent, 12),
    box(330, 210, 140, 40, light, 10),
  ].join("");
}

export function flask({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    shadow(400, 684, 120),
    box(350, 110, 100, 110, accent, 18),
    box(350, 180, 100, 24, accentDark),
    ring(400, 96, 40, accentDark, 14),
    shape(
      "M340 210 H460 C500 240 510 270 510 310 V630 C510 664 490 680 460 680 H340 C310 680 290 664 290 630 V310 C290 270 300 240 340 210Z",
      main,
    ),
    faint(
      0.45,
      shape(
        "M430 210 H460 C500 240 510 270 510 310 V630 C510 664 490 680 460 680 H430 C450 560 450 330 430 210Z",
        dark,
      ),
    ),
    faint(0.5, box(316, 320, 22, 290, light, 11)),
    box(290, 620, 220, 16, accent),
  ].join("");
}

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
    faint(
      0.45,
      shape("M500 340 H580 V630 C580 660 566 672 540 672 H470 C500 560 510 440 500 340Z", dark),
    ),
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
    shape(
      "M-24 20 C-110 120 -130 250 -96 330 C-70 344 -50 334 -46 310 C-50 220 -20 120 30 40Z",
      main,
    ),
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
      shape(
        "M-70 -240 C-70 -290 0 -330 0 -330 C0 -330 70 -290 70 -240 V-90 C70 -50 -70 -50 -70 -90Z",
        metal,
      ),
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
    shape(
      "M400 120 C550 120 690 230 700 420 C650 370 600 370 550 420 C540 300 490 190 400 120Z",
      dark,
    ),
    shape(
      "M400 120 C310 190 260 300 250 420 C200 370 150 370 100 420 C110 230 250 120 400 120Z",
      light,
    ),
    faint(
      0.5,
      shape(
        "M400 120 C330 200 300 300 300 384 C280 388 266 400 250 420 C260 300 310 190 400 120Z",
        main,
      ),
    ),
  ].join("");
}

export function helmet({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    shadow(400, 640, 260),
    pen("M230 500 C270 600 330 640 360 640 M520 510 C480 600 400 650 350 640", accentDark, 14),
    shape(
      "M130 500 C120 320 240 200 420 200 C590 200 690 320 680 470 C560 500 300 520 130 500Z",
      main,
    ),
    faint(
      0.4,
      shape(
        "M480 206 C610 226 690 330 680 470 C640 480 590 488 540 494 C570 390 550 280 480 206Z",
        dark,
      ),
    ),
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
