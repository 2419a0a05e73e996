import { expect, test } from "vitest";
import { sampleProcess } from "../parts/sample-process.ts";
import { relatedRuns } from "./related-runs.ts";

const pidsOf = (pids: readonly { pid: number }[]): number[] => pids.map(({ pid }) => pid);

test("a run comes with what it started and what that started, and with nothing of others", () => {
  const all = [
    sampleProcess({ pid: 30, parent: 21 }),
    sampleProcess({ pid: 21, parent: 20 }),
    sampleProcess({ pid: 25, parent: 24 }),
    sampleProcess({ pid: 24, parent: 1 }),
    sampleProcess({ pid: 20, parent: 1 }),
  ];
  expect(pidsOf(relatedRuns(all, all[4]))).toEqual([20, 21, 30]);
  expect(pidsOf(relatedRuns(all, all[2]))).toEqual([25]);
});

test("one that is not known yet stands alone, and no run has nothing", () => {
  expect(pidsOf(relatedRuns([], sampleProcess({ pid: 7 })))).toEqual([7]);
  expect(relatedRuns([], undefined)).toEqual([]);
});

test("of many, a few are looked at, the run first", () => {
  const all = Array.from({ length: 30 }, (_, at) => sampleProcess({ pid: 100 + at, parent: at === 0 ? 1 : 100 }));
  expect(pidsOf(relatedRuns(all, all[0]))).toEqual([100, 101, 102, 103, 104, 105, 106, 107]);
});
