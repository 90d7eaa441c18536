import {
  box,
  decorate,
  disc,
  faint,
  metal,
  metalDark,
  oval,
  pen,
  placed,
  ring,
  shadow,
  shape,
  times,
  type Palette,
} from "./canvas.ts";

export function mug({ main, dark, light, deep, accent, finish }: Palette): string {
  return [
    shadow(390, 668, 200),
    pen("M536 380 C650 370 660 560 520 560", main, 42),
    faint(0.35, pen("M548 400 C630 398 630 540 530 540", dark, 8)),
    shape("M230 280 H550 V560 C550 630 514 664 450 664 H330 C266 664 230 630 230 560Z", main),
    faint(0.85, decorate(finish, { x: 230, y: 340, width: 320, height: 220 }, accent)),
    faint(0.4, shape("M480 280 H550 V560 C550 630 514 664 450 664 H380 C460 620 480 560 480 280Z", dark)),
    faint(0.5, box(262, 340, 20, 190, light, 10)),
    oval(390, 282, 160, 34, dark),
    oval(390, 284, 146, 27, deep),
    oval(390, 292, 128, 19, "#5b3a29"),
    faint(0.5, pen("M360 220 C340 180 384 160 364 116 M420 220 C400 180 444 160 424 116", "#ffffff", 10)),
  ].join("");
}

export function cupAndSaucer({ main, dark, light, accent, finish }: Palette): string {
  return [
    shadow(400, 652, 280),
    oval(400, 622, 280, 44, dark),
    oval(400, 610, 280, 44, main),
    oval(400, 606, 180, 26, light),
    pen("M556 400 C640 396 640 500 530 506", main, 28),
    shape("M236 360 H564 C568 500 506 606 400 606 C294 606 232 500 236 360Z", main),
    faint(
      0.8,
      finish === "plain"
        ? box(240, 400, 320, 16, accent)
        : decorate(finish, { x: 270, y: 392, width: 260, height: 130 }, accent),
    ),
    faint(0.4, shape("M480 360 H564 C568 500 506 606 400 606 C470 560 490 470 480 360Z", dark)),
    oval(400, 360, 164, 30, dark),
    oval(400, 364, 150, 24, "#6b442f"),
    faint(0.4, oval(370, 362, 60, 8, "#d6a878")),
  ].join("");
}

export function bowl({ main, dark, light, accent, accentDark, finish }: Palette): string {
  return [
    shadow(400, 652, 230),
    oval(400, 398, 256, 56, dark),
    disc(330, 372, 54, "#d98b4a"),
    disc(420, 356, 60, "#b8c46a"),
    disc(494, 378, 50, "#d9534a"),
    shape("M144 396 C170 430 630 430 656 396 C656 540 560 632 480 640 H320 C240 632 144 540 144 396Z", main),
    faint(0.85, finish === "plain" ? "" : decorate(finish, { x: 220, y: 450, width: 360, height: 120 }, accent)),
    faint(
      0.4,
      shape("M656 396 C656 540 560 632 480 640 H400 C520 600 580 500 590 414 C620 410 650 404 656 396Z", dark),
    ),
    faint(0.5, pen("M196 460 C212 514 242 552 280 578", light, 16)),
    box(300, 632, 200, 22, finish === "plain" ? dark : accentDark, 8),
  ].join("");
}

export function plates({ main, dark, light, accent, finish }: Palette): string {
  return [
    faint(0.14, disc(412, 416, 290, "#2a2320")),
    disc(400, 400, 288, dark),
    disc(400, 396, 286, main),
    finish === "plain" ? "" : ring(400, 396, 262, accent, 18),
    disc(400, 396, 206, dark),
    disc(400, 400, 204, light),
    finish === "speckle"
      ? decorate("speckle", { x: 250, y: 250, width: 300, height: 300 }, accent)
      : ring(400, 400, 150, main, 5),
    faint(0.5, pen("M186 330 C210 260 260 210 320 186", "#ffffff", 14)),
  ].join("");
}

export function tumblers({ main, accent, dark, light }: Palette): string {
  const glass = (x: number, height: number, fill: string) =>
    [
      faint(
        0.55,
        shape(
          `M${x} ${660 - height} H${x + 190} L${x + 168} 640 C${x + 166} 656 ${x + 156} 660 ${x + 146} 660 H${x + 44} C${x + 34} 660 ${x + 24} 656 ${x + 22} 640Z`,
          fill,
        ),
      ),
      faint(
        0.7,
        shape(
          `M${x + 8} ${660 - height * 0.62} H${x + 182} L${x + 166} 636 C${x + 164} 650 ${x + 154} 652 ${x + 146} 652 H${x + 44} C${x + 36} 652 ${x + 26} 650 ${x + 24} 636Z`,
          accent,
        ),
      ),
      faint(0.7, box(x + 34, 660 - height + 24, 14, height - 70, "#ffffff", 7)),
      oval(x + 95, 660 - height, 95, 15, light),
    ].join("");
  return [shadow(400, 668, 250), glass(410, 250, dark), glass(190, 360, main)].join("");
}

export function wineGlass({ main, dark, light, accent }: Palette): string {
  const glass = (x: number, top: number) =>
    [
      oval(x, 664, 84, 16, dark),
      box(x - 6, top + 270, 12, 660 - top - 270, dark),
      faint(
        0.55,
        shape(
          `M${x - 92} ${top} H${x + 92} C${x + 116} ${top + 130} ${x + 92} ${top + 272} ${x} ${top + 276} C${x - 92} ${top + 272} ${x - 116} ${top + 130} ${x - 92} ${top}Z`,
          main,
        ),
      ),
      shape(
        `M${x - 103} ${top + 110} H${x + 103} C${x + 100} ${top + 210} ${x + 74} ${top + 266} ${x} ${top + 268} C${x - 74} ${top + 266} ${x - 100} ${top + 210} ${x - 103} ${top + 110}Z`,
        accent,
      ),
      faint(
        0.6,
        pen(`M${x - 76} ${top + 30} C${x - 88} ${top + 100} ${x - 84} ${top + 170} ${x - 62} ${top + 220}`, light, 11),
      ),
    ].join("");
  return [shadow(400, 672, 220), glass(500, 240), glass(300, 170)].join("");
}

export function carafe({ main, dark, light, accent }: Palette): string {
  return [
    shadow(400, 676, 170),
    faint(
      0.6,
      shape(
        "M344 150 H456 C448 270 470 310 520 390 C580 490 560 670 490 670 H310 C240 670 220 490 280 390 C330 310 352 270 344 150Z",
        main,
      ),
    ),
    faint(
      0.75,
      shape("M266 420 C330 440 470 400 534 420 C572 520 548 662 488 662 H312 C252 662 228 520 266 420Z", accent),
    ),
    faint(0.7, pen("M290 600 C262 520 280 450 316 400", light, 16)),
    box(352, 96, 96, 80, "#c79a67", 14),
    box(352, 140, 96, 16, "#a87c4b"),
    box(338, 168, 124, 16, dark, 8),
  ].join("");
}

export function teapot({ main, dark, light, accent, accentDark, finish }: Palette): string {
  return [
    shadow(400, 660, 240),
    pen("M566 420 C700 380 700 590 556 570", accent, 28),
    shape("M250 480 C170 470 180 400 104 352 L150 330 C220 370 240 420 286 430Z", main),
    shape(
      "M400 316 C540 316 610 400 606 500 C602 600 530 656 460 656 H340 C270 656 198 600 194 500 C190 400 260 316 400 316Z",
      main,
    ),
    faint(0.7, finish === "plain" ? "" : decorate(finish, { x: 250, y: 420, width: 300, height: 160 }, accentDark)),
    faint(
      0.4,
      shape("M480 326 C570 346 610 420 606 500 C602 600 530 656 460 656 H400 C520 600 560 460 480 326Z", dark),
    ),
    faint(0.5, pen("M236 530 C230 470 256 410 300 384", light, 16)),
    shape("M310 330 C320 276 480 276 490 330Z", dark),
    disc(400, 268, 28, accent),
  ].join("");
}

export function cutlery({ main, dark, light }: Palette): string {
  const handle = (x: number) =>
    [box(x - 15, 400, 30, 300, main, 15), faint(0.5, box(x + 2, 400, 13, 300, dark, 6))].join("");
  return [
    faint(
      0.12,
      box(222, 130, 60, 580, "#2a2320", 30),
      box(392, 130, 60, 580, "#2a2320", 30),
      box(560, 130, 60, 580, "#2a2320", 30),
    ),
    handle(240),
    box(200, 230, 80, 110, metal, 36),
    times(4, (index) => box(202 + index * 22, 110, 12, 170, metal, 6)),
    box(228, 330, 24, 90, metalDark, 8),
    handle(400),
    shape("M386 420 V120 C450 120 446 300 436 420Z", "#d5dbdf"),
    box(386, 380, 42, 36, metalDark, 6),
    handle(560),
    oval(560, 210, 58, 98, metal),
    oval(560, 200, 40, 74, "#d5dbdf"),
    box(548, 300, 24, 112, metalDark, 8),
    faint(0.5, box(232, 430, 6, 220, light, 3), box(392, 430, 6, 220, light, 3), box(552, 430, 6, 220, light, 3)),
  ].join("");
}

export function eggCups({ main, dark, accent, finish, accentDark }: Palette): string {
  const cup = (x: number, fill: string, egg: string) =>
    placed(
      { x },
      oval(0, 410, 84, 108, egg),
      shape("M-104 400 H104 C104 490 60 540 26 552 V610 H-26 V552 C-60 540 -104 490 -104 400Z", fill),
      faint(0.35, shape("M50 400 H104 C104 490 60 540 26 552 V610 H0 C60 520 60 460 50 400Z", dark)),
      oval(0, 632, 92, 30, fill),
      faint(0.8, finish === "plain" ? "" : box(-98, 430, 196, 18, accentDark)),
    );
  return [shadow(400, 664, 250), cup(280, main, "#ead2b4"), cup(530, accent, "#f6efe2")].join("");
}
