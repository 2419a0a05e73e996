import { describe, expect, test } from "vitest";
import type { PoolShape, Schedulable } from "../../kernel/abi/index.ts";
import { poolCounts } from "./pool.ts";
import { gi, request, sample, shape, waiting } from "./sample-request.ts";

const minute = 60_000;

function counts(pool: PoolShape[], more: { freeGi?: number; short?: boolean; availableGi?: number } = {}) {
  const { freeGi = 9, short = false, availableGi = 10 } = more;
  const memory = { totalBytes: 10 * gi, committedBytes: 0, availableBytes: availableGi * gi };
  const wanted = poolCounts(request([], { pool, memory }), { freeBytes: freeGi * gi, short });
  return Object.fromEntries(wanted.map((each) => [each.shape, each.count]));
}

describe("embryos", () => {
  test("of a shape that was just used are two, later one, and after ten minutes none", () => {
    const pool = [shape("now"), shape("lately", { agoMs: 9 * minute }), shape("long ago", { agoMs: 11 * minute })];
    expect(counts(pool)).toEqual({ now: 2, lately: 1 });
  });

  test("are as many as were used in the last minute, up to twenty", () => {
    expect(counts([shape("some", { recentSpawns: 7 })])).toEqual({ some: 7 });
    expect(counts([shape("many", { recentSpawns: 20 })])).toEqual({ many: 20 });
    expect(counts([shape("more", { recentSpawns: 300 })])).toEqual({ more: 20 });
  });

  test("that are there go little by little", () => {
    const left = (agoMs: number): number | undefined => counts([shape("a", { ready: 18, making: 2, agoMs })])["a"];
    expect([0, 5 * minute, 9 * minute, 10 * minute].map(left)).toEqual([20, 10, 2, 1]);
  });

  test("are forty-eight in all: the first ones of each shape, then the many of those used last", () => {
    const names = ["a", "b", "c", "d"];
    const pool = names.map((name, index) => shape(name, { recentSpawns: 20, agoMs: index * 1000 }));
    expect(counts(pool)).toEqual({ a: 20, b: 20, c: 6, d: 2 });
  });

  test("have no more than a quarter of the memory that is free", () => {
    expect(counts([shape("a", { recentSpawns: 20, memoryBytes: gi })], { freeGi: 8 })).toEqual({ a: 2 });
    expect(counts([shape("big", { memoryBytes: 3 * gi }), shape("a", { agoMs: 1 })])).toEqual({ a: 2 });
  });

  test("are no more than processes may still run: whoever takes one is not asked for again", () => {
    const running = Array.from({ length: 250 }, (_, index) => sample(index + 1));
    const pool = [shape("a", { recentSpawns: 20 })];
    const left = (processes: Schedulable[]): number =>
      poolCounts(request(processes, { pool }), { freeBytes: 9 * gi, short: false }).reduce(
        (sum, { count }) => sum + count,
        0,
      );
    expect([left(running), left([...running, waiting(251, {})]), left([...running, ...running])]).toEqual([6, 6, 0]);
  });

  test("give way: there are none while a process waits for memory, or little is left", () => {
    const pool = [shape("a", { ready: 5, recentSpawns: 20 })];
    expect(counts(pool, { short: true })).toEqual({});
    expect(counts(pool, { availableGi: 0.9 })).toEqual({});
    expect(counts(pool, { freeGi: 0 })).toEqual({});
  });
});
