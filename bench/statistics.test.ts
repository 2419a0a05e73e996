import { describe, expect, it } from "vitest";
import { latencyOf, median, quantile, summarize } from "./statistics.ts";

describe("a summary of measurements", () => {
  it("takes the middle one, or the mean of the two in the middle", () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])]).toEqual([2, 2.5, 7]);
  });

  it("takes as the 95th percentile the least that 95 in 100 do not exceed", () => {
    const values = Array.from({ length: 20 }, (_, index) => 20 - index);
    expect([quantile(values, 0.95), quantile(values, 1), quantile(values, 0), quantile([5], 0.95)]).toEqual([
      19, 20, 1, 5,
    ]);
    expect(summarize(values)).toEqual({ rounds: 20, median: 10.5, p5: 1, p95: 19, least: 1 });
  });

  it("says of single requests what the middle one and what 99 in 100 take at most", () => {
    const values = Array.from({ length: 200 }, (_, index) => index + 1);
    expect(latencyOf(values)).toEqual({ requests: 200, p50: 100.5, p99: 198 });
  });

  it("is refused for nothing", () => {
    expect(() => summarize([])).toThrow("nothing was measured");
  });
});
