import { describe, expect, test } from "vitest";
import { Quiet } from "./quiet.ts";

const limits = { afterLastMs: 250, afterFirstMs: 1000 };

const noted = (...times: readonly number[]): Quiet => {
  const quiet = new Quiet(limits);
  for (const at of times) quiet.note(at);
  return quiet;
};

describe("quiet", () => {
  test("is there before anything was taken", () => {
    expect(noted().waitMs(0)).toBe(0);
    expect(noted().waitMs(0, { short: true })).toBe(0);
  });

  test("comes some time after the last that was taken", () => {
    const quiet = noted(5000, 5200);
    expect(quiet.waitMs(5200)).toBe(250);
    expect(quiet.waitMs(5449)).toBe(1);
    expect(quiet.waitMs(5450)).toBe(0);
  });

  test("comes at the latest some time after the first of a series", () => {
    const times = Array.from({ length: 8 }, (_, index) => 5000 + index * 200);
    expect(noted(...times.slice(0, 5)).waitMs(5900)).toBe(100);
    expect(noted(...times).waitMs(6400)).toBe(0);
  });

  test("is waited for anew where another series begins", () => {
    expect(noted(5000, 5100, 5400).waitMs(5500)).toBe(150);
  });

  test("is waited for after a single one also where stock is short, and not while others are taken", () => {
    expect(noted(5000).waitMs(5010, { short: true })).toBe(240);
    expect(noted(5000, 5020).waitMs(5030, { short: true })).toBe(0);
    expect(noted(5000, 5020, 6000).waitMs(6010, { short: true })).toBe(240);
  });
});
