import { box, disc, faint, oval, paper, pen, placed, shadow, shape, soot, times, type Palette } from "./canvas.ts";

export function sneaker({ main, dark, light, accent }: Palette): string {
  return [
    shadow(400, 650, 320),
    shape(
      "M116 560 C110 470 130 350 150 300 C180 320 230 330 270 290 C320 380 420 430 540 456 C630 476 690 510 690 576 V600 H116Z",
      main,
    ),
    shape("M116 560 C110 470 130 350 150 300 C170 314 196 322 220 318 C200 400 220 500 260 600 H116Z", dark),
    shape("M560 460 C640 480 690 514 690 580 H540 C530 530 536 490 560 460Z", light),
    times(5, (index) =>
      pen(`M${296 + index * 46} ${352 + index * 22} L${258 + index * 50} ${410 + index * 16}`, paper, 12),
    ),
    shape("M240 540 C320 500 400 470 500 520 C420 500 330 530 270 580Z", accent),
    box(104, 580, 596, 62, paper, 30),
    faint(0.2, box(104, 618, 596, 24, soot, 12)),
    box(120, 596, 560, 8, accent, 4),
    pen("M150 300 C180 322 230 332 270 290", dark, 14),
  ].join("");
}

export function boot({ main, dark, light, deep, accent, accentDark }: Palette): string {
  return [
    shadow(400, 676, 290),
    shape("M190 150 H400 C404 250 400 330 430 390 C480 440 600 440 640 520 C656 556 656 600 650 620 H190Z", main),
    faint(0.4, shape("M190 150 H260 C250 320 250 480 280 620 H190Z", dark)),
    shape("M520 436 C590 450 640 490 650 560 V620 H500 C480 550 490 480 520 436Z", dark),
    box(178, 136, 236, 54, deep, 18),
    times(5, (index) =>
      [
        pen(`M330 ${230 + index * 46} L${404 + index * index * 2} ${222 + index * 46}`, accent, 10),
        disc(330, 230 + index * 46, 9, accentDark),
      ].join(""),
    ),
    box(170, 612, 494, 30, accent, 10),
    box(170, 632, 494, 44, deep, 12),
    times(9, (index) => box(186 + index * 53, 660, 28, 20, soot, 4)),
    faint(0.4, pen("M300 580 C290 470 294 330 300 220", light, 9)),
  ].join("");
}

export function chelsea({ main, dark, deep, light, accent }: Palette): string {
  return [
    shadow(400, 660, 280),
    shape(
      "M210 160 H410 C408 270 410 360 440 410 C490 450 590 446 640 510 C660 540 660 580 654 606 H200 C196 450 206 300 210 160Z",
      main,
    ),
    shape("M290 200 C350 196 380 200 384 210 C380 290 366 380 330 420 C300 380 280 280 290 200Z", accent),
    times(5, (index) =>
      faint(0.4, pen(`M${304 + index * 16} 210 C${300 + index * 15} 290 ${312 + index * 7} 360 330 410`, soot, 4)),
    ),
    faint(0.4, shape("M540 444 C600 456 650 490 656 560 L654 606 H480 C510 560 530 500 540 444Z", dark)),
    faint(0.5, pen("M470 456 C520 466 566 470 600 500", light, 10)),
    box(192, 600, 470, 30, deep, 10),
    box(192, 620, 130, 44, deep, 6),
    pen("M222 150 C210 120 236 110 240 150", accent, 10),
  ].join("");
}

export function sandal({ main, dark, light, accent, accentDark }: Palette): string {
  const one = placed(
    { scale: 1 },
    shape(
      "M-120 -260 C-60 -310 80 -300 116 -220 C150 -120 96 0 110 110 C124 220 70 290 0 290 C-74 290 -120 220 -106 110 C-90 0 -160 -180 -120 -260Z",
      accent,
    ),
    shape(
      "M-96 -240 C-50 -282 64 -274 94 -206 C124 -110 72 0 86 110 C98 204 54 264 0 264 C-56 264 -96 204 -82 110 C-66 0 -132 -170 -96 -240Z",
      accentDark,
    ),
    shape("M-152 -150 C-60 -220 60 -220 150 -160 L142 -80 C60 -130 -60 -130 -134 -74Z", main),
    shape("M-118 20 C-40 -30 50 -30 118 14 L114 86 C50 50 -40 50 -112 90Z", main),
    faint(0.5, pen("M-130 -96 C-60 -150 60 -150 138 -102 M-108 72 C-40 34 46 34 108 68", dark, 6)),
    box(70, -178, 44, 40, "#c9a14a", 8),
    box(78, -6, 40, 36, "#c9a14a", 8),
    faint(0.4, pen("M-40 230 C-20 246 20 246 40 230", light, 8)),
  );
  return [
    faint(0.14, oval(262, 424, 128, 290, soot), oval(564, 424, 128, 290, soot)),
    placed({ x: 250, y: 400, turn: -7 }, one),
    `<g transform="translate(550 400) rotate(7) scale(-1 1)">${one}</g>`,
  ].join("");
}

export function slipper({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    shadow(400, 640, 310),
    shape("M110 560 C104 510 130 470 190 480 C280 500 330 400 430 390 C560 380 680 450 694 580 H110Z", dark),
    shape("M300 560 C310 450 380 390 450 388 C580 384 684 460 694 580 H300Z", main),
    shape("M120 556 C120 500 180 490 230 500 C270 508 300 480 330 460 C300 500 300 540 300 580 H118Z", light),
    pen("M310 570 C320 470 390 410 450 404", accent, 20),
    box(100, 570, 604, 52, accentDark, 26),
    faint(0.4, pen("M500 420 C570 430 630 470 654 520", light, 12)),
    faint(0.4, box(110, 574, 584, 10, "#ffffff", 5)),
  ].join("");
}

export function loafer({ main, dark, deep, light, accent }: Palette): string {
  return [
    shadow(400, 640, 310),
    shape(
      "M120 570 C116 480 130 410 160 400 C220 440 300 430 356 400 C430 440 600 440 670 530 C686 556 686 580 684 594 H120Z",
      main,
    ),
    shape("M120 570 C116 480 130 410 160 400 C190 420 220 428 250 428 C230 480 236 540 250 594 H120Z", dark),
    shape("M356 400 C400 424 450 434 500 446 C480 480 400 500 330 470 C330 440 340 416 356 400Z", light),
    shape("M330 440 L520 462 L506 506 L318 486Z", dark),
    box(392, 456, 56, 26, accent, 8),
    faint(0.5, pen("M520 500 C590 500 630 530 650 560", light, 10)),
    box(112, 588, 580, 26, deep, 10),
    box(112, 606, 140, 34, deep, 6),
  ].join("");
}
