import { expect, test } from "vitest";
import { isSvg, pictureType, svgAddress } from "./picture-file.ts";

test("a picture is told by the ending of its name, in capitals or not", () => {
  expect(["plot.png", "out/Plot.JPG", "a.b.webp"].map(pictureType)).toEqual(["image/png", "image/jpeg", "image/webp"]);
  const others = ["plot.png.txt", "png", "plot.svg", "plot.", "a.constructor"];
  expect(others.map(pictureType)).toEqual(others.map(() => null));
});

test("a drawing is text that can be shown as a picture, whatever it holds", () => {
  expect(isSvg("img/Logo.SVG")).toBe(true);
  expect(svgAddress('<svg>#%"</svg>')).toBe("data:image/svg+xml,%3Csvg%3E%23%25%22%3C%2Fsvg%3E");
});
