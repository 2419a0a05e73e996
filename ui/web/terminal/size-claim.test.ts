import { expect, test } from "vitest";
import { SizeClaim } from "./size-claim.ts";

const size = (rows: number, columns: number) => ({ rows, columns });

function open() {
  const asked: string[] = [];
  const shown: string[] = [];
  const text = ({ rows, columns }: { rows: number; columns: number }): string => `${rows}x${columns}`;
  const claim = new SizeClaim(size(24, 80), {
    ask: (wanted) => asked.push(text(wanted)),
    show: (drawn) => shown.push(text(drawn)),
  });
  return { claim, asked, shown };
}

test("a window that nobody came to shows the size that there is, and says none", () => {
  const { claim, asked, shown } = open();
  claim.moved(size(40, 100));
  claim.told(size(30, 90));
  expect({ asked, shown }).toEqual({ asked: [], shown: ["30x90"] });
});

test("the window that somebody came to says the size, also when it changes", () => {
  const { claim, asked, shown } = open();
  claim.claim(size(40, 100));
  claim.moved(size(41, 100));
  claim.claim(size(41, 100));
  expect({ asked, shown }).toEqual({ asked: ["40x100", "41x100"], shown: ["40x100", "41x100"] });
});

test("sizes on the way to the last one are this window's own when they are told", () => {
  const { claim, asked } = open();
  for (const rows of [40, 41, 42]) claim.claim(size(rows, 100));
  for (const rows of [40, 41, 42]) claim.told(size(rows, 100));
  claim.moved(size(43, 100));
  expect(asked).toEqual(["40x100", "41x100", "42x100", "43x100"]);
});

test("another's size is shown, and this window says none until somebody comes to it again", () => {
  const { claim, asked, shown } = open();
  claim.claim(size(40, 100));
  claim.told(size(40, 100));
  claim.told(size(20, 60));
  claim.moved(size(41, 100));
  expect(shown).toEqual(["40x100", "20x60"]);
  claim.claim(size(41, 100));
  expect(asked).toEqual(["40x100", "41x100"]);
});

test("a size that was refused is taken back", () => {
  const { claim, asked, shown } = open();
  claim.claim(size(40, 100));
  claim.refused();
  claim.moved(size(41, 100));
  expect({ asked, shown }).toEqual({ asked: ["40x100"], shown: ["40x100", "24x80"] });
});

test("a size is never nothing, and never more than a terminal has", () => {
  const { claim, asked } = open();
  claim.claim(size(0, 5000));
  expect(asked).toEqual(["1x1000"]);
});
