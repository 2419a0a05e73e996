import { describe, expect, test } from "vitest";
import { admit, defaultLimits } from "./admit.ts";

const gi = 1024 ** 3;
const idle = {
  memoryBytes: 10 * gi,
  committedBytes: 0,
  pooledBytes: 0,
  availableBytes: 10 * gi,
  running: 1,
  waiting: 0,
};

type Machine = typeof idle;
const ask = (memoryBytes: number, machine: Partial<Machine> = {}) =>
  admit({ memoryBytes, machine: { ...idle, ...machine } });

const starts = { admit: true, start: true };
const waits = { admit: true, start: false };

describe("admit", () => {
  test("what fits starts now", () => {
    expect(ask(gi)).toEqual(starts);
  });

  test("memory may be promised up to nine tenths of the machine, to the byte", () => {
    expect(ask(gi, { committedBytes: 8 * gi })).toEqual(starts);
    expect(ask(gi + 1, { committedBytes: 8 * gi })).toMatchObject(waits);
  });

  test("what does not fit now waits, and is told what for", () => {
    expect(ask(2 * gi, { committedBytes: 8 * gi })).toEqual({
      ...waits,
      reason: "waits for 2Gi of memory, 1Gi is free",
    });
    expect(ask(gi, { committedBytes: 9 * gi })).toEqual({ ...waits, reason: "waits for 1Gi of memory, none is free" });
  });

  test("what could never fit is refused, with what could", () => {
    expect(ask(9 * gi)).toEqual(starts);
    expect(ask(10 * gi)).toEqual({
      admit: false,
      code: "exhausted",
      reason: "10Gi of memory asked for, 9Gi may be promised in all",
    });
  });

  test("what embryos hold is free", () => {
    expect(ask(2 * gi, { committedBytes: 9 * gi, pooledBytes: 2 * gi })).toEqual(starts);
    expect(ask(2 * gi + 1, { committedBytes: 9 * gi, pooledBytes: 2 * gi })).toMatchObject(waits);
  });

  test("what other programs have taken is not free, and a reserve is kept", () => {
    const taken = { availableBytes: 1.5 * gi, committedBytes: gi };
    expect(ask(gi, taken)).toEqual(starts);
    expect(ask(gi + 1, taken)).toMatchObject(waits);
  });

  test("where nobody else was promised any, waiting would free nothing: what may be promised starts", () => {
    const pool = { committedBytes: gi, pooledBytes: gi };
    expect(ask(4 * gi, { availableBytes: gi, ...pool })).toEqual(starts);
    expect(ask(4 * gi, { availableBytes: gi, ...pool, pooledBytes: 0 })).toMatchObject(waits);
  });

  test("nobody starts before those that wait", () => {
    expect(ask(1, { waiting: 1 })).toEqual({ ...waits, reason: "waits behind another one" });
    expect(ask(1, { waiting: 7 })).toEqual({ ...waits, reason: "waits behind 7 others" });
  });

  test("the limit of processes lets the next one wait and names the numbers", () => {
    expect(ask(1, { running: 255 })).toEqual(starts);
    expect(ask(1, { running: 256 })).toEqual({ ...waits, reason: "256 processes run, and 256 may" });
  });

  test("the limit of those that wait refuses the next one", () => {
    expect(ask(1, { waiting: 999 })).toMatchObject(waits);
    expect(ask(1, { waiting: 1000 })).toEqual({
      admit: false,
      code: "exhausted",
      reason: "1000 processes wait to start, and 1000 may",
    });
  });

  test("a child in its parent's memory never queues: it starts or is refused", () => {
    expect(ask(0, { committedBytes: 9 * gi, availableBytes: 0, waiting: 1000 })).toEqual(starts);
    expect(ask(0, { running: defaultLimits.processes })).toMatchObject({ admit: false, code: "exhausted" });
  });
});
