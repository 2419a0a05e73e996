import { expect, test } from "vitest";
import { findLast } from "./find-last.ts";

test.each([0, 1, 2, 1_023, 1_024, 1_025, 100_000, 7_654_321])(
  "the last of %i rows is found in few questions",
  async (last) => {
    let asked = 0;
    const found = await findLast((seq) => {
      asked += 1;
      return Promise.resolve(last > seq);
    });
    expect(found).toBe(last);
    expect(asked).toBeLessThan(50);
  },
);
