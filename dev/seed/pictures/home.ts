import {
  box,
  decorate,
  disc,
  faint,
  leaf,
  leafDark,
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

export function vase({ main, dark, light, accent, finish }: Palette): string {
  return [
    shadow(400, 668, 150),
    pen(
      "M400 330 C394 250 372 210 336 160 M400 330 C402 230 410 190 432 120 M402 330 C420 250 452 220 490 190",
      leafDark,
      7,
    ),
    shape("M336 160 C300 168 282 142 288 108 C322 106 342 128 336 160Z", accent),
    shape("M432 120 C404 98 406 66 434 44 C460 68 460 100 432 120Z", accent),
    shape("M490 190 C488 156 510 136 544 140 C548 172 526 194 490 190Z", accent),
    shape(
      "M372 250 C344 254 326 240 322 218 C348 212 368 226 372 250Z M412 220 C420 194 440 184 462 190 C458 214 438 226 412 220Z",
      leaf,
    ),
    shape(
      "M356 320 H444 C438 376 452 398 490 446 C536 506 508 668 436 668 H364 C292 668 264 506 310 446 C348 398 362 376 356 320Z",
      main,
    ),
    faint(0.6, finish === "plain" ? "" : decorate(finish, { x: 312, y: 470, width: 176, height: 140 }, accent)),
    faint(
      0.55,
      shape(
        "M430 320 H444 C438 376 452 398 490 446 C536 506 508 668 436 668 H410 C480 640 476 520 446 460 C424 410 430 380 430 320Z",
        dark,
      ),
    ),
    faint(0.5, pen("M330 490 C312 540 320 590 340 620", light, 14)),
    oval(400, 320, 46, 11, dark),
  ].join("");
}

export function planter({ main, dark, light, accent, finish }: Palette): string {
  const leafAt = (x: number, y: number, turn: number, fill: string) =>
    placed(
      { x, y, turn },
      shape("M0 0 C-52 -40 -60 -128 0 -190 C60 -128 52 -40 0 0Z", fill),
      pen("M0 -10 V-150", "#ffffff44", 4),
    );
  return [
    shadow(400, 670, 160),
    leafAt(372, 430, -52, leafDark),
    leafAt(428, 430, 54, leafDark),
    leafAt(384, 420, -26, leaf),
    leafAt(420, 420, 30, leaf),
    leafAt(400, 410, 2, "#74a06c"),
    shape("M268 420 H532 L504 650 C502 664 494 670 482 670 H318 C306 670 298 664 296 650Z", main),
    faint(0.8, decorate(finish, { x: 300, y: 490, width: 200, height: 140 }, accent)),
    faint(0.5, shape("M462 420 H532 L504 650 C502 664 494 670 482 670 H430Z", dark)),
    box(256, 396, 288, 50, light, 12),
    faint(0.35, box(440, 396, 104, 50, dark, 12)),
  ].join("");
}

export function clock({ main, deep, light, accent }: Palette): string {
  return [
    faint(0.14, disc(412, 414, 236, "#2a2320")),
    disc(400, 400, 236, main),
    disc(400, 400, 206, light),
    disc(400, 400, 198, paper),
    times(12, (hour) =>
      placed({ x: 400, y: 400, turn: hour * 30 }, box(-5, -184, 10, hour % 3 === 0 ? 36 : 20, deep, 5)),
    ),
    placed({ x: 400, y: 400, turn: -56 }, box(-9, -112, 18, 132, soot, 9)),
    placed({ x: 400, y: 400, turn: 62 }, box(-6, -158, 12, 184, soot, 6)),
    placed({ x: 400, y: 400, turn: 200 }, box(-3, -150, 6, 190, accent, 3)),
    disc(400, 400, 16, soot),
    disc(400, 400, 7, accent),
  ].join("");
}

export function mirror({ main, dark, accent }: Palette): string {
  return [
    pen("M400 108 L310 210 M400 108 L490 210", accent, 12),
    disc(400, 106, 15, dark),
    faint(0.14, disc(412, 428, 244, "#2a2320")),
    disc(400, 410, 244, main),
    ring(400, 410, 232, dark, 5),
    disc(400, 410, 214, "#cfdfe3"),
    shape("M250 562 C200 470 226 300 330 220 L470 220 L262 572Z", "#e3eef0"),
    shape("M318 608 L540 250 C560 266 572 282 582 300 L374 622 C352 620 336 616 318 608Z", "#dde9ec"),
  ].join("");
}

export function candle({ main, dark, light, accent }: Palette): string {
  return [
    shadow(400, 668, 190),
    faint(0.3, disc(356, 196, 96, "#ffe2a0")),
    shape("M356 130 C392 176 388 226 356 232 C324 226 322 176 356 130Z", "#f5b13d"),
    shape("M356 172 C372 196 372 222 356 226 C340 222 340 196 356 172Z", "#fff0c4"),
    box(353, 224, 6, 34, soot, 3),
    box(266, 252, 180, 416, main, 22),
    faint(0.5, box(388, 252, 58, 416, dark, 22)),
    oval(356, 264, 90, 18, light),
    box(470, 452, 112, 216, accent, 16),
    faint(0.25, box(546, 452, 36, 216, "#2a2320", 16)),
    box(523, 424, 6, 32, soot, 3),
    faint(0.4, oval(526, 460, 56, 12, "#ffffff")),
  ].join("");
}

export function frame({ main, dark, accent, accentLight, accentDark }: Palette): string {
  return [
    faint(0.14, box(204, 132, 416, 556, "#2a2320", 6)),
    box(192, 120, 416, 556, main, 6),
    box(192, 660, 416, 16, dark),
    box(592, 120, 16, 556, dark),
    box(222, 150, 356, 496, paper),
    box(272, 204, 256, 388, accentLight),
    disc(446, 306, 56, "#f6ecd8"),
    shape("M272 470 C330 400 380 404 426 452 C460 486 500 476 528 446 V592 H272Z", accent),
    shape("M272 540 C340 492 420 520 528 566 V592 H272Z", accentDark),
  ].join("");
}

export function basket({ main, dark, light, accent }: Palette): string {
  return [
    shadow(400, 672, 210),
    shape("M236 372 C230 300 270 286 320 318 C380 280 440 282 486 316 C540 286 574 308 564 372Z", accent),
    faint(0.3, pen("M300 372 C310 330 340 318 372 336 M440 372 C452 330 492 320 520 340", "#ffffff", 9)),
    shape("M210 366 H590 L560 640 C558 660 546 672 526 672 H274 C254 672 242 660 240 640Z", main),
    times(5, (row) =>
      times(8 - (row > 2 ? 1 : 0), (column) =>
        box(226 + column * 45 + (row % 2) * 20 + row * 3, 408 + row * 52, 30, 20, (row + column) % 2 ? dark : light, 9),
      ),
    ),
    box(198, 350, 404, 44, dark, 20),
    pen("M196 430 C150 430 150 520 212 516 M604 430 C650 430 650 520 588 516", dark, 18),
  ].join("");
}

export function hooks({ main, dark, accent, accentDark }: Palette): string {
  const hook = (x: number) =>
    [
      disc(x, 330, 22, accentDark),
      box(x - 9, 330, 18, 84, accent, 9),
      pen(`M${x} 404 C${x} 448 ${x + 46} 448 ${x + 46} 410`, accent, 17),
    ].join("");
  return [
    faint(0.14, box(142, 292, 540, 92, "#2a2320", 20)),
    box(130, 280, 540, 92, main, 18),
    box(130, 350, 540, 22, dark, 11),
    times(4, (index) => hook(196 + index * 126)),
    shape("M310 424 C300 470 296 560 308 640 H372 C380 560 374 470 336 424Z", "#d9d2c4"),
    faint(0.3, shape("M344 450 C374 490 380 560 372 640 H346 C356 570 356 500 344 450Z", soot)),
  ].join("");
}

export function tray({ main, dark, light, accent }: Palette): string {
  return [
    shadow(400, 604, 270, 26),
    oval(400, 560, 270, 76, dark),
    oval(400, 540, 270, 76, main),
    oval(400, 540, 236, 60, light),
    box(300, 380, 96, 160, accent, 14),
    oval(348, 540, 48, 14, accent),
    faint(0.35, oval(348, 384, 48, 13, "#ffffff")),
    shape("M440 452 H548 C548 514 530 556 494 556 C458 556 440 514 440 452Z", wood),
    oval(494, 452, 54, 14, woodDark),
  ].join("");
}
