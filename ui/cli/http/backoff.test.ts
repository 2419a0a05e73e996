import { describe, expect, it } from "vitest";
import { Fault } from "../../../kernel/abi/index.ts";
import { Backoff } from "./backoff.ts";

const lost = new Fault("unavailable", "gone");

describe("a lost connection", () => {
  it("is tried again ever less often, for 30 s after it was lost", () => {
    let now = 0;
    const backoff = new Backoff(() => now);
    const pauses: number[] = [];
    for (let pause = backoff.next(lost); pause !== undefined; pause = backoff.next(lost)) {
      pauses.push(pause);
      now += pause;
    }
    expect(pauses.slice(0, 6)).toEqual([100, 200, 400, 800, 1600, 2000]);
    expect(Math.max(...pauses)).toBe(2000);
    expect(now).toBeGreaterThanOrEqual(30_000);
    expect(now).toBeLessThan(32_000);
  });

  it("has the whole patience again once it stood", () => {
    let now = 0;
    const backoff = new Backoff(() => now);
    backoff.next(lost);
    now = 29_000;
    backoff.reset();
    now = 60_000;
    expect(backoff.next(lost)).toBe(100);
  });

  it("is told apart from a refusal that stays, and from a defect", () => {
    const backoff = new Backoff(() => 0);
    expect(backoff.next(new Fault("not_found", "no process"))).toBeUndefined();
    expect(backoff.next(new TypeError("bug"))).toBeUndefined();
    expect(backoff.next(new Fault("denied", "the token is an old one"))).toBe(100);
  });
});
