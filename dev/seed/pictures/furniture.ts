import { darker, lighter } from "../colours.ts";
import { box, decorate, disc, faint, paper, pen, placed, shadow, shape, times, type Palette } from "./canvas.ts";

export function chair({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    shadow(400, 690, 170),
    placed({ x: 292, y: 470, turn: 5 }, box(0, 0, 22, 222, dark, 8)),
    placed({ x: 488, y: 472, turn: -5 }, box(0, 0, 22, 220, dark, 8)),
    box(272, 130, 24, 340, main, 10),
    box(504, 130, 24, 340, main, 10),
    box(272, 140, 256, 70, main, 22),
    box(286, 240, 228, 34, light, 14),
    box(286, 306, 228, 34, light, 14),
    shape("M262 440 H538 C556 440 566 452 566 468 V484 H234 V468 C234 452 244 440 262 440Z", accent),
    box(234, 476, 332, 22, accentDark, 8),
    placed({ x: 248, y: 494, turn: 4 }, box(0, 0, 26, 200, main, 9)),
    placed({ x: 526, y: 496, turn: -4 }, box(0, 0, 26, 200, main, 9)),
    box(262, 590, 276, 14, dark, 7),
  ].join("");
}

export function armchair({ main, dark, light, deep, accent, accentDark }: Palette): string {
  return [
    shadow(400, 690, 220),
    placed({ x: 250, y: 600, turn: 8 }, box(0, 0, 24, 92, accentDark, 8)),
    placed({ x: 528, y: 604, turn: -8 }, box(0, 0, 24, 90, accentDark, 8)),
    box(246, 190, 308, 330, main, 70),
    faint(0.4, pen("M400 220 V460", dark, 5)),
    disc(340, 300, 6, dark),
    disc(460, 300, 6, dark),
    box(280, 440, 240, 110, light, 34),
    box(180, 380, 104, 236, dark, 46),
    box(516, 380, 104, 236, dark, 46),
    box(220, 540, 360, 84, main, 26),
    faint(0.5, box(220, 596, 360, 28, deep, 14)),
    faint(0.4, box(196, 392, 72, 30, accent, 15)),
  ].join("");
}

export function sofa({ main, dark, light, deep, accent, accentDark }: Palette): string {
  return [
    shadow(400, 668, 320),
    box(150, 620, 22, 52, accentDark, 6),
    box(628, 620, 22, 52, accentDark, 6),
    box(130, 300, 540, 260, main, 44),
    pen("M400 320 V470", dark, 6),
    box(82, 392, 100, 236, dark, 42),
    box(618, 392, 100, 236, dark, 42),
    box(170, 460, 232, 100, light, 26),
    box(398, 460, 232, 100, light, 26),
    box(150, 546, 500, 84, main, 22),
    faint(0.45, box(150, 606, 500, 24, deep, 12)),
    placed({ x: 236, y: 400, turn: -10 }, box(-56, -52, 112, 112, accent, 22)),
    placed({ x: 236, y: 400, turn: -10 }, faint(0.4, box(-42, -6, 84, 12, "#ffffff", 6))),
  ].join("");
}

export function table({ main, dark, deep, light, accent }: Palette): string {
  return [
    shadow(400, 684, 300),
    placed({ x: 206, y: 420, turn: 6 }, box(0, 0, 34, 266, dark, 10)),
    placed({ x: 560, y: 424, turn: -6 }, box(0, 0, 34, 264, dark, 10)),
    placed({ x: 282, y: 420, turn: 3 }, box(0, 0, 24, 216, deep, 8)),
    placed({ x: 492, y: 420, turn: -3 }, box(0, 0, 24, 216, deep, 8)),
    box(170, 408, 460, 42, dark, 8),
    box(110, 370, 580, 46, main, 20),
    box(110, 370, 580, 16, light, 8),
    shape("M350 300 H434 C434 344 420 370 392 370 C364 370 350 344 350 300Z", accent),
    pen("M392 300 C386 262 360 250 350 226 M392 300 C398 260 424 244 430 214", "#5f8a5a", 7),
    disc(350, 222, 18, "#7aa372"),
    disc(430, 208, 20, "#5f8a5a"),
    disc(392, 236, 16, "#8bb082"),
  ].join("");
}

export function stool({ main, dark, light, accent, accentDark }: Palette): string {
  return [
    shadow(400, 690, 150),
    placed({ x: 300, y: 380, turn: 9 }, box(0, 0, 28, 312, main, 10)),
    placed({ x: 474, y: 384, turn: -9 }, box(0, 0, 28, 310, main, 10)),
    box(386, 380, 26, 290, dark, 10),
    box(286, 560, 228, 18, light, 9),
    box(248, 340, 304, 58, accent, 26),
    box(248, 376, 304, 26, accentDark, 13),
    faint(0.35, box(272, 348, 240, 12, "#ffffff", 6)),
  ].join("");
}

export function bookcase({ main, dark, light, deep, accent, accentDark }: Palette): string {
  const books = (x: number, floor: number, fills: readonly string[]) =>
    fills
      .map((fill, index) => box(x + index * 32, floor - 96 + (index % 3) * 14, 28, 96 - (index % 3) * 14, fill, 3))
      .join("");
  const spines = [accent, "#d8c7a8", accentDark, "#7d8c94", "#c98a6b"];
  return [
    shadow(400, 692, 210),
    box(200, 90, 400, 600, main, 8),
    box(224, 114, 352, 552, deep, 4),
    faint(0.35, box(224, 114, 352, 552, light)),
    box(224, 240, 352, 18, main),
    box(224, 380, 352, 18, main),
    box(224, 520, 352, 18, main),
    books(242, 240, spines),
    books(380, 380, spines.toReversed()),
    books(242, 520, spines.slice(1)),
    shape("M470 162 H536 L526 240 H480Z", "#cf8a63"),
    disc(503, 146, 30, "#5f8a5a"),
    box(246, 320, 92, 60, accent, 8),
    box(416, 468, 130, 20, paper, 4),
    box(424, 488, 118, 32, accentDark, 4),
    box(240, 576, 150, 90, lighter(accent, 0.5), 8),
    box(410, 576, 150, 90, darker(main, 0.3), 8),
    box(300, 606, 30, 8, dark, 4),
    box(470, 606, 30, 8, light, 4),
  ].join("");
}

export function sideboard({ main, dark, light, deep, accent, accentDark }: Palette): string {
  return [
    shadow(400, 676, 300),
    placed({ x: 176, y: 590, turn: 6 }, box(0, 0, 22, 88, deep, 8)),
    placed({ x: 602, y: 592, turn: -6 }, box(0, 0, 22, 86, deep, 8)),
    box(120, 350, 560, 250, main, 14),
    box(140, 374, 168, 204, light, 8),
    box(492, 374, 168, 204, light, 8),
    times(3, (row) =>
      [box(320, 374 + row * 70, 160, 62, dark, 8), box(384, 398 + row * 70, 32, 9, accent, 4)].join(""),
    ),
    disc(286, 476, 10, accent),
    disc(514, 476, 10, accent),
    shape("M196 350 C176 300 190 270 220 262 C250 270 264 300 244 350Z", accentDark),
    box(540, 300, 96, 22, paper, 4),
    box(528, 322, 112, 28, accentDark, 4),
  ].join("");
}

export function bed({ main, dark, light, deep, accent, accentLight, accentDark }: Palette): string {
  return [
    shadow(400, 676, 310),
    box(130, 210, 540, 330, main, 30),
    box(150, 230, 500, 40, light, 20),
    times(7, (index) => box(172 + index * 72, 280, 12, 130, dark, 6)),
    box(176, 370, 206, 104, paper, 40),
    box(418, 370, 206, 104, paper, 40),
    faint(0.12, box(190, 440, 180, 26, "#2a2320", 13), box(432, 440, 180, 26, "#2a2320", 13)),
    shape("M120 500 C120 454 150 444 190 448 H610 C650 444 680 454 680 500 V600 H120Z", accent),
    shape("M120 500 C240 530 560 530 680 500 V548 C560 576 240 576 120 548Z", accentLight),
    faint(0.4, pen("M230 540 C250 570 244 590 250 600 M560 540 C548 566 556 586 550 600", accentDark, 7)),
    box(110, 592, 580, 48, main, 12),
    box(134, 636, 28, 42, deep, 6),
    box(638, 636, 28, 42, deep, 6),
  ].join("");
}

export function desk({ main, dark, light, deep, accent, accentDark }: Palette): string {
  return [
    shadow(400, 686, 290),
    box(140, 420, 26, 268, deep, 6),
    box(634, 420, 26, 268, deep, 6),
    box(140, 600, 140, 16, dark, 8),
    box(470, 430, 170, 150, main, 8),
    box(484, 442, 142, 58, light, 6),
    box(484, 510, 142, 58, light, 6),
    box(536, 466, 40, 9, accent, 4),
    box(536, 534, 40, 9, accent, 4),
    box(100, 386, 600, 44, main, 10),
    box(100, 386, 600, 14, light, 7),
    box(222, 250, 196, 116, "#3d434a", 10),
    box(232, 260, 176, 96, "#9fb9c4", 4),
    box(202, 366, 236, 20, "#868f96", 8),
    box(556, 318, 56, 68, accent, 8),
    pen("M572 318 L562 256 M584 318 V246 M598 318 L612 262", accentDark, 8),
  ].join("");
}

export function bench({ main, dark, deep, light, accent, finish }: Palette): string {
  return [
    shadow(400, 676, 300),
    placed({ x: 176, y: 470, turn: 5 }, box(0, 0, 34, 208, dark, 10)),
    placed({ x: 592, y: 474, turn: -5 }, box(0, 0, 34, 206, dark, 10)),
    box(190, 560, 420, 20, deep, 8),
    box(120, 430, 560, 54, main, 14),
    box(120, 430, 560, 18, light, 9),
    box(300, 392, 290, 46, accent, 22),
    faint(0.5, decorate(finish, { x: 330, y: 396, width: 230, height: 36 }, paper)),
  ].join("");
}

export function lowBookcase({ main, dark, light, deep, accent, accentDark }: Palette): string {
  const spines = [accent, "#d8c7a8", accentDark, "#7d8c94", "#c98a6b", accent, "#e9dfcd"];
  const books = (x: number, floor: number, count: number) =>
    times(count, (index) =>
      box(
        x + index * 34,
        floor - 108 + (index % 3) * 16,
        30,
        108 - (index % 3) * 16,
        spines[(index + count) % 7] ?? accent,
        3,
      ),
    );
  return [
    shadow(400, 680, 290),
    box(130, 330, 540, 346, main, 10),
    box(154, 354, 492, 298, deep, 4),
    faint(0.35, box(154, 354, 492, 298, light)),
    box(154, 492, 492, 20, main),
    box(390, 354, 20, 298, main),
    books(172, 492, 6),
    books(428, 492, 4),
    books(172, 652, 4),
    books(428, 652, 6),
    box(330, 600, 52, 52, accentDark, 6),
    disc(600, 458, 32, accent),
    disc(600, 458, 14, dark),
    shape("M212 250 H300 C300 300 288 330 256 330 C224 330 212 300 212 250Z", accent),
    pen("M256 250 C250 210 224 200 216 172 M256 250 C264 206 290 196 296 160", "#5f8a5a", 7),
    disc(214, 168, 20, "#7aa372"),
    disc(298, 156, 22, "#5f8a5a"),
    box(470, 300, 130, 28, paper, 4),
    box(484, 276, 110, 24, accentDark, 4),
  ].join("");
}

export function cafeTable({ main, dark, light, deep, accent }: Palette): string {
  return [
    shadow(400, 684, 210),
    pen("M260 420 L520 674 M540 420 L280 674", dark, 20),
    pen("M300 540 H500", deep, 12),
    box(200, 376, 400, 40, main, 20),
    box(200, 376, 400, 14, light, 7),
    box(220, 412, 360, 14, deep, 7),
    box(440, 316, 84, 60, accent, 12),
    pen("M524 332 C560 332 560 364 522 362", accent, 11),
    pen("M470 290 C460 272 484 262 474 240", paper, 7),
    shape("M276 376 L288 300 H332 L344 376Z", "#cfe3e6"),
    pen("M310 300 C306 250 290 236 284 206 M310 300 C316 250 334 240 340 214", "#5f8a5a", 6),
    disc(284, 198, 20, accent),
    disc(342, 206, 18, "#efc23f"),
  ].join("");
}
