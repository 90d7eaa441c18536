import { box, decorate, disc, faint, metalDark, paper, pen, shape, soot, times, type Palette } from "./canvas.ts";

const hanger = [
  pen("M400 128 C400 92 440 92 436 66 C432 42 392 44 390 70", metalDark, 9),
  pen("M400 128 L236 214 M400 128 L564 214", "#b98a5a", 15),
].join("");
const torso =
  "M308 176 C340 214 460 214 492 176 L566 206 C590 216 600 230 606 252 L566 300 V690 C566 702 558 708 546 708 H254 C242 708 234 702 234 690 V300 L194 252 C200 230 210 216 234 206Z";

export function tee({ main, dark, light, accent, finish }: Palette): string {
  return [
    hanger,
    faint(0.13, box(252, 380, 330, 340, soot, 20)),
    shape(
      "M308 176 C340 222 460 222 492 176 L566 204 C596 216 612 236 624 262 L676 378 L590 420 L564 366 V690 C564 702 556 708 544 708 H256 C244 708 236 702 236 690 V366 L210 420 L124 378 L176 262 C188 236 204 216 234 204Z",
      main,
    ),
    faint(0.9, decorate(finish, { x: 237, y: 330, width: 326, height: 240 }, accent)),
    faint(
      0.4,
      shape("M500 560 C540 470 560 400 564 366 V690 C564 702 556 708 544 708 H420 C460 680 480 620 500 560Z", dark),
    ),
    pen("M308 176 C340 222 460 222 492 176", dark, 15),
    faint(0.5, pen("M236 370 V560 M564 370 V480", dark, 5)),
    faint(0.4, pen("M272 640 C290 560 286 480 276 400", light, 10)),
  ].join("");
}

export function shirt({ main, dark, light, deep, accent, finish }: Palette): string {
  return [
    hanger,
    shape(
      "M234 206 C190 226 176 300 160 420 L130 660 C128 676 136 684 150 686 L206 690 L262 340Z M566 206 C610 226 624 300 640 420 L670 660 C672 676 664 684 650 686 L594 690 L538 340Z",
      dark,
    ),
    shape(torso, main),
    faint(0.7, decorate(finish, { x: 236, y: 300, width: 328, height: 400 }, accent)),
    box(388, 210, 24, 498, light),
    times(6, (index) => disc(400, 260 + index * 76, 8, deep)),
    shape("M308 172 L400 222 L360 290 L286 204Z M492 172 L400 222 L440 290 L514 204Z", light),
    faint(0.5, pen("M308 172 L400 222 L492 172", dark, 6)),
    box(456, 340, 80, 92, light, 8),
    box(456, 340, 80, 18, dark, 6),
  ].join("");
}

export function sweater({ main, dark, light, accent, finish }: Palette): string {
  return [
    shape(
      "M246 214 C190 236 176 310 160 430 L126 640 L214 664 L270 380Z M554 214 C610 236 624 310 640 430 L674 640 L586 664 L530 380Z",
      dark,
    ),
    shape("M122 628 L216 652 L208 700 L114 676Z M678 628 L584 652 L592 700 L686 676Z", light),
    shape(
      "M300 180 C340 216 460 216 500 180 L560 212 C580 224 586 240 586 260 V650 H214 V260 C214 240 220 224 240 212Z",
      main,
    ),
    faint(0.9, decorate(finish, { x: 214, y: 290, width: 372, height: 180 }, accent)),
    finish === "plain"
      ? times(5, (index) =>
          faint(
            0.35,
            pen(
              `M${270 + index * 65} 260 C${258 + index * 68} 380 ${282 + index * 62} 500 ${270 + index * 65} 640`,
              dark,
              9,
            ),
          ),
        )
      : "",
    box(208, 636, 384, 62, light, 16),
    times(15, (index) => faint(0.4, box(224 + index * 24, 644, 6, 48, dark, 3))),
    pen("M300 180 C340 216 460 216 500 180", light, 30),
    faint(0.4, pen("M296 196 C340 234 460 234 504 196", dark, 5)),
  ].join("");
}

export function jacket({ main, dark, light, deep, accent, accentDark }: Palette): string {
  return [
    shape(
      "M240 210 C190 236 174 310 158 430 L130 650 L214 672 L270 380Z M560 210 C610 236 626 310 642 430 L670 650 L586 672 L530 380Z",
      dark,
    ),
    shape(
      "M300 170 H500 L566 206 C584 220 590 240 590 262 V690 C590 702 582 708 570 708 H230 C218 708 210 702 210 690 V262 C210 240 216 220 234 206Z",
      main,
    ),
    shape("M316 120 C340 90 460 90 484 120 L516 190 L400 252 L284 190Z", dark),
    shape("M340 130 C360 112 440 112 460 130 L470 180 L400 226 L330 180Z", accentDark),
    box(393, 226, 14, 482, deep),
    times(10, (index) => box(388, 246 + index * 46, 24, 10, accent, 4)),
    shape("M250 500 H350 V620 H250Z M450 500 H550 V620 H450Z", dark),
    box(250, 500, 100, 24, light, 6),
    box(450, 500, 100, 24, light, 6),
    faint(0.5, pen("M212 420 H386 M414 420 H588", dark, 7)),
    box(468, 350, 60, 36, accent, 6),
  ].join("");
}

export function trousers({ main, dark, light, deep, accent }: Palette): string {
  return [
    faint(0.13, shape("M288 110 H540 L580 720 H440 L410 340 L370 720 H240Z", soot)),
    shape(
      "M270 90 H530 L572 690 C572 704 564 710 552 710 H452 C440 710 434 704 432 692 L400 330 L368 692 C366 704 360 710 348 710 H248 C236 710 228 704 228 690Z",
      main,
    ),
    faint(0.4, shape("M440 90 H530 L572 690 C572 704 564 710 552 710 H500Z", dark)),
    box(264, 80, 272, 46, dark, 10),
    times(4, (index) => box(296 + index * 64, 74, 14, 58, deep, 5)),
    disc(400, 103, 11, accent),
    pen("M400 130 V300", deep, 6),
    pen("M280 140 C290 190 300 206 330 214 M520 140 C510 190 500 206 470 214", deep, 6),
    faint(0.5, pen("M300 240 L282 680", light, 7)),
  ].join("");
}

export function dress({ main, dark, light, accent, finish }: Palette): string {
  return [
    hanger,
    shape(
      "M318 166 C330 250 470 250 482 166 L524 176 C528 250 510 300 500 350 C560 470 590 580 600 690 C520 720 280 720 200 690 C210 580 240 470 300 350 C290 300 272 250 276 176Z",
      main,
    ),
    faint(0.85, decorate(finish, { x: 290, y: 400, width: 220, height: 240 }, accent)),
    faint(
      0.4,
      shape(
        "M482 166 L524 176 C528 250 510 300 500 350 C560 470 590 580 600 690 C560 704 520 708 470 710 C500 560 480 440 450 350 C470 290 480 230 482 166Z",
        dark,
      ),
    ),
    box(298, 336, 204, 26, accent, 8),
    faint(0.5, pen("M300 420 C270 520 256 600 250 690 M376 400 C364 500 360 600 360 700", light, 8)),
  ].join("");
}

export function scarf({ main, dark, light, accent, finish }: Palette): string {
  return [
    shape("M250 190 C260 110 540 110 550 190 C556 280 460 300 400 300 C340 300 244 280 250 190Z", dark),
    shape("M300 190 C310 150 490 150 500 190 C500 230 300 230 300 190Z", "#00000022"),
    shape("M310 262 H470 C476 400 462 540 474 660 H300 C310 540 298 400 310 262Z", main),
    shape("M440 250 L560 282 L620 590 L500 612Z", light),
    faint(0.9, decorate(finish === "plain" ? "stripe" : finish, { x: 308, y: 440, width: 160, height: 200 }, accent)),
    times(8, (index) => pen(`M${310 + index * 22} 660 V706`, main, 9)),
    times(6, (index) =>
      pen(`M${510 + index * 21} ${612 - index * 4} L${517 + index * 21} ${654 - index * 4}`, light, 9),
    ),
    shape("M300 230 C350 290 450 290 500 230 L510 282 C450 330 350 330 290 282Z", main),
  ].join("");
}

export function beanie({ main, dark, light, accent }: Palette): string {
  return [
    disc(400, 180, 66, accent),
    faint(0.4, disc(420, 196, 44, "#ffffff")),
    shape("M180 520 C170 320 270 220 400 220 C530 220 630 320 620 520Z", main),
    times(6, (index) =>
      faint(
        0.4,
        pen(
          `M${250 + index * 60} 510 C${262 + index * 56} 400 ${320 + index * 32} 290 ${372 + index * 11} 240`,
          dark,
          9,
        ),
      ),
    ),
    faint(0.4, shape("M520 260 C600 320 624 420 620 520 H520 C550 430 550 340 520 260Z", dark)),
    box(150, 490, 500, 150, light, 40),
    times(13, (index) => faint(0.5, box(182 + index * 35, 506, 9, 118, dark, 4))),
    box(520, 540, 70, 50, paper, 6),
  ].join("");
}

export function socks({ main, dark, light, accent, finish }: Palette): string {
  const sock = (x: number, y: number, fill: string, toe: string) =>
    [
      shape(
        `M${x} ${y} H${x + 150} V${y + 290} C${x + 150} ${y + 330} ${x + 190} ${y + 346} ${x + 250} ${y + 384} C${x + 296} ${y + 416} ${x + 282} ${y + 480} ${x + 226} ${y + 480} H${x + 80} C${x + 24} ${y + 480} ${x} ${y + 440} ${x} ${y + 390}Z`,
        fill,
      ),
      shape(
        `M${x + 190} ${y + 352} C${x + 210} ${y + 362} ${x + 230} ${y + 372} ${x + 250} ${y + 384} C${x + 296} ${y + 416} ${x + 282} ${y + 480} ${x + 226} ${y + 480} H${x + 190} C${x + 170} ${y + 430} ${x + 170} ${y + 390} ${x + 190} ${y + 352}Z`,
        toe,
      ),
      shape(
        `M${x} ${y + 330} C${x + 70} ${y + 340} ${x + 90} ${y + 410} ${x + 60} ${y + 478} C${x + 20} ${y + 470} ${x} ${y + 430} ${x} ${y + 390}Z`,
        toe,
      ),
      box(x - 8, y - 10, 166, 70, toe, 16),
      decorate(finish === "plain" ? "plain" : finish, { x, y: y + 100, width: 150, height: 180 }, accent),
    ].join("");
  return [sock(330, 130, dark, accent), sock(210, 190, main, light)].join("");
}

export function gloves({ main, dark, light, accent }: Palette): string {
  const glove = (side: 1 | -1, x: number, fill: string) =>
    `<g transform="translate(${x} 400) scale(${side} 1)">${shape("M-110 250 V10 C-110 -20 -100 -40 -100 -90 V-170 C-100 -214 -44 -214 -44 -170 V-210 C-44 -254 12 -254 12 -210 V-190 C12 -234 66 -234 66 -190 V-120 C66 -150 112 -150 112 -116 V60 C130 20 160 -10 186 4 C206 20 196 50 180 80 C150 140 120 170 110 250Z", fill)}${box(-118, 226, 236, 84, accent, 20)}${times(7, (index) => faint(0.4, box(-98 + index * 31, 236, 8, 64, soot, 4)))}${faint(0.5, pen("M-44 -160 V-20 M12 -180 V-20 M66 -150 V-20", light, 5))}</g>`;
  return [glove(1, 540, dark), glove(-1, 270, main)].join("");
}

export function cap({ main, dark, light, accent }: Palette): string {
  return [
    faint(0.14, shape("M170 560 H740 C740 610 600 600 480 590Z", soot)),
    shape("M170 540 C150 340 270 220 400 220 C530 220 600 330 600 520 C460 490 300 500 170 540Z", main),
    faint(0.4, shape("M440 224 C560 244 604 350 600 520 C560 512 520 508 480 508 C500 400 490 300 440 224Z", dark)),
    shape("M360 512 C480 480 700 490 748 560 C752 590 720 590 690 582 C580 556 470 556 380 566Z", dark),
    disc(396, 220, 18, light),
    faint(0.5, pen("M396 230 C330 300 310 400 320 506 M396 230 C460 300 478 400 470 500", dark, 6)),
    box(230, 380, 76, 60, accent, 10),
  ].join("");
}
