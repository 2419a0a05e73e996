import { describe, expect, test } from "vitest";
import type { ScheduleRequest } from "../../../kernel/abi/index.ts";
import { schedule } from "../schedule.ts";
import { compute, program, receive, sleep, workload } from "./generate.ts";
import { Heap } from "./heap.ts";
import { Processors } from "./processors.ts";
import { Random } from "./random.ts";
import { Recorder } from "./recorder.ts";
import { simulate } from "./simulate.ts";
import { workloadSchema } from "./workload.ts";

/** The simulator itself: were it wrong, what it says of the scheduler would mean nothing. */

test("a heap gives the least first, and equals in the order of their arrival", () => {
  const random = new Random(1);
  const heap = new Heap<number>();
  const keys = Array.from({ length: 500 }, () => random.whole(0, 50));
  keys.forEach((key, index) => heap.push(key, index));
  const out = keys.map(() => heap.pop());
  const right = keys.map((key, value) => ({ key, value })).sort((a, b) => a.key - b.key || a.value - b.value);
  expect(out.map((item) => ({ key: item?.key, value: item?.value }))).toEqual(right);
  expect(heap.pop()).toBeUndefined();
});

describe("processors", () => {
  const front = { class: "foreground", cores: 1 } as const;
  const back = { class: "background", cores: 1 } as const;
  const gotAfter = (loads: { class: "foreground" | "background"; cores: number }[], cores: number): number[] => {
    const cpus = new Processors<object>(cores);
    const owners = loads.map((load) => {
      const owner = {};
      cpus.enter(owner, load, 1e9);
      return owner;
    });
    cpus.advance(1000);
    return owners.map((owner) => Math.round(cpus.read(owner)));
  };

  test("give each a core while there are enough, and equal shares when there are not", () => {
    expect(gotAfter([back, back], 4)).toEqual([1000, 1000]);
    expect(gotAfter([back, back, back, back], 2)).toEqual([500, 500, 500, 500]);
  });

  test("share by weight, and what one cannot use goes to the others", () => {
    expect(gotAfter([front, back], 1)).toEqual([909, 91]);
    expect(gotAfter([front, back, back], 2)).toEqual([1000, 500, 500]);
    expect(gotAfter([{ ...back, cores: 0.25 }, back], 1)).toEqual([250, 750]);
    expect(gotAfter([{ ...back, cores: 8 }, back], 2)).toEqual([1000, 1000]);
  });

  test("tell who is done next, and when", () => {
    const cpus = new Processors<{ name: string }>(1);
    const [a, b] = [{ name: "a" }, { name: "b" }];
    cpus.enter(a, back, 100);
    cpus.enter(b, back, 50);
    expect(cpus.next()).toEqual({ at: 100, owner: b });
    cpus.advance(100);
    expect(cpus.leave(b)).toEqual({ gotMs: 50, lacksMs: 0 });
    expect(cpus.next()).toEqual({ at: 150, owner: a });
    cpus.advance(120);
    expect(cpus.leave(a)).toEqual({ gotMs: 70, lacksMs: 30 });
    expect(cpus.next()).toBeUndefined();
  });
});

describe("a simulation", () => {
  const alone = { warmMs: 0, coldMs: 0 };

  test("takes as long as the steps of a program that is alone", () => {
    const steps = [compute(100), sleep(50), receive(30), compute(20)];
    const report = simulate(workload({ name: "one" }, [[program({ label: "a" }, steps), [7]]]), alone);
    expect(report).toMatchObject({ end: "done", processes: 1, usedMs: 120 });
    expect(report.atMs).toBeCloseTo(207);
  });

  test("has a parent wait for its children, which live in its memory", () => {
    const parent = program({ label: "parent", memoryMi: 1000 }, [
      { do: "spawn", program: 1 },
      { do: "spawn", program: 1 },
      { do: "wait" },
      compute(10),
    ]);
    const child = program({ label: "child", memoryMi: 1000 }, [compute(100)]);
    const tree = workload({ name: "tree", memoryGi: 2 }, [
      [parent, [0]],
      [child, []],
    ]);
    const report = simulate(tree, alone);
    expect(report).toMatchObject({ end: "done", processes: 3, usedMs: 210 });
    expect(report.atMs).toBeCloseTo(110);
    expect(report.promisedShare).toBeCloseTo(1000 / 2048);
  });

  test("is the same each time", () => {
    const hogs = workload({ name: "hogs" }, [[program({ label: "hog" }, [compute(900)]), [0, 0, 5, 9, 9, 30]]]);
    expect(simulate(hogs)).toEqual(simulate(hogs));
  });

  test("says when nobody can go on", () => {
    const two = workload({ name: "two" }, [[program({ label: "hog" }, [compute(2000)]), [0, 0, 0]]]);
    const noResume = (request: ScheduleRequest) => ({ ...schedule(request), resume: [], againMs: null });
    expect(simulate(two, { schedule: noResume }).end).toBe("stuck");
    expect(simulate(two, { untilMs: 1000 }).end).toBe("late");
  });
});

test("what is recorded from snapshots is what was run", () => {
  const recorder = new Recorder();
  const original = workload({ name: "original" }, [
    [program({ label: "a", class: "foreground" }, [compute(300), sleep(2000), compute(500)]), [100]],
    [program({ label: "b" }, [compute(4000)]), [1000]],
  ]);
  const first = simulate(original, {
    schedule: (request) => {
      recorder.note(request);
      return { ...schedule(request), againMs: 50 };
    },
  });
  const recorded = workloadSchema.parse(recorder.workload("recorded"));
  expect(recorded).toMatchObject({ cores: 2, programs: [{ class: "foreground" }, { class: "background" }] });
  const sum = (number: number, name: string): number => {
    const steps = recorded.programs[number]?.steps ?? [];
    return steps.reduce((total, step) => total + (step.do === name && "ms" in step ? step.ms : 0), 0);
  };
  const within = (number: number, right: number): boolean => Math.abs(number - right) <= 100;
  expect([sum(0, "compute"), sum(0, "sleep"), sum(1, "compute")]).toSatisfy(([a = 0, b = 0, c = 0]: number[]) => {
    return within(a, 800) && within(b, 2000) && within(c, 4000);
  });
  expect(Math.abs(simulate(recorded).atMs - first.atMs)).toBeLessThan(500);
});
