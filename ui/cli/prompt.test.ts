import { expect, it } from "vitest";
import { isYes } from "./prompt.ts";

it("only a clear yes is one", () => {
  expect(["y\n", "Y", " yes \r\n", "YES"].map(isYes)).toEqual([true, true, true, true]);
  expect(["", "\n", "n\n", "yep\n", "y y\n", "no, yes"].map(isYes)).toEqual([false, false, false, false, false, false]);
});
