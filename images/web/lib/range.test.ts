import { describe, expect, test } from "vitest";
import { parseRange } from "./range.mts";

describe("a range of ten bytes", () => {
  test.each([
    ["bytes=0-0", { start: 0, end: 0 }],
    ["bytes=2-4", { start: 2, end: 4 }],
    ["bytes=8-", { start: 8, end: 9 }],
    ["bytes=8-99", { start: 8, end: 9 }],
    ["bytes=-3", { start: 7, end: 9 }],
    ["bytes=-99", { start: 0, end: 9 }],
  ])("%s is within the file", (header, range) => {
    expect(parseRange(header, 10)).toEqual(range);
  });

  test.each(["bytes=10-", "bytes=10-12", "bytes=-0"])("%s asks for nothing that is there", (header) => {
    expect(parseRange(header, 10)).toBe("unsatisfiable");
  });

  test.each([undefined, "", "bytes=-", "bytes=4-2", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b"])(
    "%s means the whole file",
    (header) => {
      expect(parseRange(header, 10)).toBeUndefined();
    },
  );

  test("of an empty file is never there", () => {
    expect(parseRange("bytes=0-", 0)).toBe("unsatisfiable");
    expect(parseRange("bytes=-1", 0)).toBe("unsatisfiable");
  });
});
