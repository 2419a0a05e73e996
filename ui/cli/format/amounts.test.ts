import { describe, expect, it } from "vitest";
import { count, showAge, showBytes, showCpu } from "./amounts.ts";

describe("amounts", () => {
  it("show bytes with one binary unit", () => {
    expect([0, 1023, 1024, 1536, 10 * 1024, 1024 ** 2 - 1, 5.5 * 1024 ** 3].map(showBytes)).toEqual([
      "0 B",
      "1023 B",
      "1.0 KiB",
      "1.5 KiB",
      "10 KiB",
      "1.0 MiB",
      "5.5 GiB",
    ]);
  });

  it("show CPU time and ages by their largest units", () => {
    expect([0, 12.4, 1540, 200_000, 7_500_000].map(showCpu)).toEqual(["0ms", "12ms", "1.5s", "3m20s", "2h05m"]);
    expect([-5, 999, 61_000, 7_200_000, 5 * 86_400_000].map((ms) => showAge(ms))).toEqual([
      "0s",
      "0s",
      "1m",
      "2h",
      "5d",
    ]);
  });

  it("count nouns", () => {
    expect([count(1, "file"), count(0, "file"), count(2, "file")]).toEqual(["1 file", "0 files", "2 files"]);
    expect([count(1, "process"), count(2, "process")]).toEqual(["1 process", "2 processes"]);
  });
});
