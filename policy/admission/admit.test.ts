import { describe, expect, test } from "vitest";
import { admit, defaultLimits } from "./admit.ts";

const gi = 1024 ** 3;
const machine = { memoryBytes: 10 * gi, committedBytes: 0, running: 0 };

describe("admit", () => {
  test("a request that fits is admitted", () => {
    expect(admit(machine, { memoryBytes: gi })).toEqual({ admit: true });
  });

  test("memory may be promised up to nine tenths of the machine, to the byte", () => {
    expect(admit({ ...machine, committedBytes: 8 * gi }, { memoryBytes: gi })).toEqual({ admit: true });
    expect(admit({ ...machine, committedBytes: 8 * gi }, { memoryBytes: gi + 1 })).toMatchObject({ admit: false });
  });

  test("a refusal for memory names what was asked, what is promised and the limit", () => {
    expect(admit({ ...machine, committedBytes: 8 * gi }, { memoryBytes: 2 * gi })).toEqual({
      admit: false,
      code: "exhausted",
      reason: "2Gi of memory asked for, 8Gi promised already, 9Gi may be promised",
    });
  });

  test("the limit of processes refuses the next one and names the numbers", () => {
    expect(admit({ ...machine, running: 255 }, { memoryBytes: 0 })).toEqual({ admit: true });
    expect(admit({ ...machine, running: 256 }, { memoryBytes: 0 })).toEqual({
      admit: false,
      code: "exhausted",
      reason: "256 processes run, and 256 may",
    });
  });

  test("a request of no memory is admitted on a machine that is promised in full", () => {
    expect(admit({ ...machine, committedBytes: 9 * gi }, { memoryBytes: 0 }, defaultLimits)).toEqual({ admit: true });
  });
});
