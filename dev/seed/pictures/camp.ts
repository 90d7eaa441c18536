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
      shape("M20 -300 C100 -300 130 -250 130 -190 C150 -20 120 180 90 270 C80 300 50 314 20 316Z", dark),
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
