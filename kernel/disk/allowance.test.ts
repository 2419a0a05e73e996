import { leastDiskBytes } from "../abi/index.ts";
import { describe, expect, test } from "vitest";
import {
  fastestBytesPerMs,
  measureAfterBytes,
  mostGrown,
  passesFor,
  reserveOf,
  restMs,
  slackShare,
} from "./allowance.ts";

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

describe("a measuring", () => {
  test("is due before the limit can be passed by the slack, wherever the writer stands", () => {
    for (let limitBytes = leastDiskBytes; limitBytes <= 4096 * GiB; limitBytes *= 2) {
      for (let share = 0; share <= 1; share += 0.05) {
        const usedBytes = limitBytes * share;
        const after = measureAfterBytes({ limitBytes, usedBytes });
        expect(after).toBeGreaterThan(0);
        expect(usedBytes + after).toBeLessThanOrEqual(limitBytes * (1 + slackShare / 4));
      }
    }
  });

  test("is due so seldom that a limit is reached in few of them", () => {
    for (const limitBytes of [leastDiskBytes, GiB, 1024 * GiB]) {
      let usedBytes = 0;
      let measured = 0;
      for (; usedBytes <= limitBytes; measured += 1) usedBytes += measureAfterBytes({ limitBytes, usedBytes });
      expect(measured).toBeLessThan(20);
    }
  });
});

test("a limit is passed for certain only by more than what is left", () => {
  const allowance = { limitBytes: 100 * MiB, usedBytes: 60 * MiB };
  expect(passesFor(allowance, 40 * MiB)).toBe(false);
  expect(passesFor(allowance, 45 * MiB)).toBe(true);
});

test("the disk is looked at again before what is left can be written, but not without a pause", () => {
  expect(restMs(0)).toBe(1);
  expect(restMs(-GiB)).toBe(1);
  expect(restMs(10 * fastestBytesPerMs)).toBe(10);
  expect(restMs(Number.POSITIVE_INFINITY)).toBe(50);
});

test("the reserve is a share of a large disk, an amount of a small one, and never more than half", () => {
  expect(reserveOf(1000 * GiB)).toBe(10 * GiB);
  expect(reserveOf(4 * GiB)).toBe(256 * MiB);
  expect(reserveOf(256 * MiB)).toBe(128 * MiB);
});

test("who has grown most ends when the reserve is touched, and nobody who has not grown", () => {
  const reserve = 256 * MiB;
  expect(mostGrown([MiB, 90 * MiB, 20 * MiB], 200 * MiB, reserve)).toBe(1);
  expect(mostGrown([MiB, 2 * MiB], 200 * MiB, reserve)).toBeUndefined();
  expect(mostGrown([MiB, 2 * MiB], 100 * MiB, reserve)).toBe(1);
  expect(mostGrown([0, -MiB], 100 * MiB, reserve)).toBeUndefined();
  expect(mostGrown([], 0, reserve)).toBeUndefined();
});
