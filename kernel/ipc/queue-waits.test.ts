import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Pid, pidSchema } from "../abi/index.ts";
import { Waits } from "./queue-waits.ts";

const [alice, bob] = [11, 12].map((pid) => pidSchema.parse(pid)) as [Pid, Pid];

describe("a process that waits", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("is told once it does so for a while, and again when it waits in none of its calls any more", () => {
    const told: string[] = [];
    const waits = new Waits((pid, begins) => void told.push(`${pid} ${begins}`));
    const [first, second, other] = [waits.begin(alice), waits.begin(alice), waits.begin(bob)];
    expect(told).toEqual([]);
    vi.advanceTimersByTime(30);
    expect(told).toEqual(["11 true", "12 true"]);
    first();
    first();
    other();
    expect(told).toEqual(["11 true", "12 true", "12 false"]);
    second();
    expect(told.at(-1)).toBe("11 false");
  });

  test("is not told when that is soon over, however often", () => {
    const told: string[] = [];
    const waits = new Waits((pid, begins) => void told.push(`${pid} ${begins}`));
    for (let times = 0; times < 100; times += 1) {
      const end = waits.begin(alice);
      vi.advanceTimersByTime(20);
      end();
    }
    vi.advanceTimersByTime(1000);
    expect(told).toEqual([]);
  });
});
