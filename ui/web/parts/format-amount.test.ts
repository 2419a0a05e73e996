import { expect, test } from "vitest";
import { counted, readableAge, readableBytes, readableMs } from "./format-amount.ts";

test("bytes have the unit in which they read best", () => {
  expect([0, 1023, 1024, 1536, 10 * 1024, 1 << 20, 5 * 1024 ** 3].map(readableBytes)).toEqual([
    "0 B",
    "1023 B",
    "1.0 KiB",
    "1.5 KiB",
    "10 KiB",
    "1.0 MiB",
    "5.0 GiB",
  ]);
});

test("a length of time is exact where it is short", () => {
  expect([0, 12.4, 1_500, 59_999, 61_000, 3_600_000, 200_000_000].map(readableMs)).toEqual([
    "0 ms",
    "12 ms",
    "1.5 s",
    "59 s",
    "1 min 1 s",
    "1 h 0 min",
    "2 d",
  ]);
});

test("an age is never negative when two clocks differ", () => {
  expect(readableAge(-5_000)).toBe("0 s");
  expect(readableAge(90_000)).toBe("1 min");
});

test("a count agrees with its noun", () => {
  expect([counted(1, "file"), counted(1_234, "file"), counted(2, "process", "processes")]).toEqual([
    "1 file",
    "1,234 files",
    "2 processes",
  ]);
});
