import { describe, expect, test } from "vitest";
import { gi, pids, request, sample, shape, waiting } from "./sample-request.ts";
import { startWaiting } from "./starts.ts";

const machine = (freeGi: number) => ({
  memory: { totalBytes: 10 * gi, committedBytes: (9 - freeGi) * gi, availableBytes: 10 * gi },
});
const busy = sample(99, { memoryBytes: gi });

describe("those that wait to start", () => {
  test("start in the order in which they came, as far as there is room, and hear what the others wait for", () => {
    const line = [waiting(1, { agoMs: 10 }), waiting(2, { agoMs: 30 }), waiting(3, { agoMs: 20 })];
    const { start, reasons, short } = startWaiting(request([busy, ...line], machine(2)));
    expect(start).toEqual(pids(2, 3));
    expect(reasons).toEqual([{ pid: 1, reason: "waits for 1Gi of memory, none is free; first in line" }]);
    expect(short).toBe(true);
  });

  test("let smaller ones start before, but not for longer than patience lasts", () => {
    const small = [waiting(2, { agoMs: 500 }), waiting(3, { agoMs: 400, memoryBytes: 3 * gi })];
    const patient = waiting(1, { agoMs: 9_999, memoryBytes: 4 * gi });
    expect(startWaiting(request([busy, patient, ...small], machine(2)))).toMatchObject({
      start: pids(2),
      reasons: [
        { pid: 1, reason: "waits for 4Gi of memory, 2Gi is free; first in line" },
        { pid: 3, reason: "waits for 3Gi of memory, 1Gi is free; 1 before it" },
      ],
    });
    const impatient = waiting(1, { agoMs: 10_000, memoryBytes: 4 * gi });
    expect(startWaiting(request([busy, impatient, ...small], machine(2)))).toMatchObject({
      start: [],
      reasons: [
        { pid: 1, reason: "waits for 4Gi of memory, 2Gi is free; room is kept for it" },
        { pid: 2, reason: "room is kept for one that has waited longer; 1 before it" },
        { pid: 3, reason: "waits for 3Gi of memory, 2Gi is free; 2 before it" },
      ],
    });
  });

  test("give way to foreground for half a minute, and no longer", () => {
    const background = waiting(1, { agoMs: 30_002 });
    const earlier = waiting(2, { agoMs: 1, class: "foreground" });
    expect(startWaiting(request([busy, background, earlier], machine(1))).start).toEqual(pids(1));
    const sooner = { ...background, since: (background.since + 2) as never };
    expect(startWaiting(request([busy, sooner, earlier], machine(1))).start).toEqual(pids(2));
  });

  test("may have what embryos hold", () => {
    const pool = [shape("a", { ready: 1, making: 1, memoryBytes: gi })];
    const line = [waiting(1, {}), waiting(2, {}), waiting(3, {})];
    expect(startWaiting(request([busy, ...line], { ...machine(0), pool })).start).toEqual(pids(1, 2));
  });

  test("do not start into memory that other programs have taken, unless nothing else runs", () => {
    const memory = { ...machine(8).memory, availableBytes: 1.5 * gi };
    const line = [waiting(1, { memoryBytes: 2 * gi }), waiting(2, { agoMs: 1 })];
    expect(startWaiting(request([busy, ...line], { memory })).start).toEqual(pids(2));
    expect(startWaiting(request(line, { memory: { ...memory, committedBytes: 0 } })).start).toEqual(pids(1));
  });

  test("wait for others to end where enough run, and none starts before", () => {
    const many = Array.from({ length: 255 }, (_, index) => sample(index + 100));
    const { start, reasons, short } = startWaiting(request([...many, waiting(1, {}), waiting(2, {})], machine(9)));
    expect(start).toEqual(pids(1));
    expect(reasons).toEqual([{ pid: 2, reason: "256 processes run, and 256 may; first in line" }]);
    expect(short).toBe(false);
  });

  test("live in their parent's memory and wait for nobody's", () => {
    const kept = waiting(1, { agoMs: 60_000, memoryBytes: 4 * gi });
    expect(startWaiting(request([busy, kept, waiting(2, { memoryBytes: 0 })], machine(2))).start).toEqual(pids(2));
  });

  test("hear roughly where they stand, so that not every start changes every reason", () => {
    const line = Array.from({ length: 700 }, (_, index) => waiting(index + 1, { agoMs: 9000 - index }));
    const { reasons } = startWaiting(request([busy, ...line], machine(0)));
    const places = reasons.map(({ reason }) => reason.split("; ")[1]);
    expect([0, 1, 6, 60, 699].map((index) => places[index])).toEqual([
      "first in line",
      "1 before it",
      "at most 10 before it",
      "at most 100 before it",
      "more than 500 before it",
    ]);
  });
});
