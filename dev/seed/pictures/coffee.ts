import { box, disc, faint, metal, metalDark, oval, pen, placed, shadow, shape, type Palette } from "./canvas.ts";

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
      shape("M470 330 H520 C580 400 610 540 580 640 C576 660 562 668 546 668 H440 C530 600 530 430 470 330Z", dark),
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
    placed({ x: 400, y: 130, turn: -10 }, box(-8, -10, 200, 20, metal, 10), disc(196, -24, 32, accentDark)),
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
