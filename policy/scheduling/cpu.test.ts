import { describe, expect, test } from "vitest";
import { shareCpus } from "./cpu.ts";
import { paused, pids, request, sample, spent } from "./sample-request.ts";

const front = { class: "foreground" } as const;
const numbers = (from: number, count: number): number[] => Array.from({ length: count }, (_, index) => from + index);

describe("background", () => {
  test("runs as it is while there is a core for each", () => {
    expect(shareCpus(request([spent(1), spent(2)]))).toEqual({ pause: [], resume: [], againMs: null });
  });

  test("a process that has had its turn makes place for the one that has waited longest", () => {
    const { pause, resume } = shareCpus(request([spent(1), sample(2), paused(3, 50), paused(4, 900), paused(5, 10)]));
    expect({ pause, resume }).toEqual({ pause: pids(1), resume: pids(4) });
  });

  test("a turn is not cut short for those that wait, however long they have", () => {
    const { pause, resume } = shareCpus(request([sample(1), sample(2), paused(3, 1_000_000)]));
    expect({ pause, resume }).toEqual({ pause: [], resume: [] });
  });

  test("a turn is CPU time: blocking in between does not make it longer", () => {
    const often = sample(1, { agoMs: 60_000, turnCpuMs: 400 });
    expect(shareCpus(request([often, sample(2), paused(3, 1)])).pause).toEqual(pids(1));
    const seldom = sample(1, { agoMs: 60_000, turnCpuMs: 399 });
    expect(shareCpus(request([seldom, sample(2), paused(3, 1)])).pause).toEqual([]);
  });

  test("a turn is half as long for a process with half a core", () => {
    const half = sample(1, { cores: 0.5, agoMs: 400, turnCpuMs: 200 });
    expect(shareCpus(request([half, sample(2), sample(4), paused(3, 1)])).pause).toEqual(pids(1));
  });

  test("one that yields makes place at once, and runs on where nobody waits", () => {
    const yields = sample(1, { yielded: true });
    expect(shareCpus(request([yields, sample(2), paused(3, 1)]))).toMatchObject({ pause: pids(1), resume: pids(3) });
    expect(shareCpus(request([yields, sample(2)]))).toMatchObject({ pause: [], resume: [] });
  });

  test("one that blocks holds no slot and is not paused", () => {
    const blocked = sample(1, { blocked: true });
    expect(shareCpus(request([blocked, sample(2), paused(3, 1)]))).toMatchObject({ pause: [], resume: pids(3) });
  });

  test("one that says to be blocked and computes on has its turn and no more", () => {
    const liar = sample(1, { blocked: true, agoMs: 1000, turnCpuMs: 1000 });
    expect(shareCpus(request([liar, sample(2), paused(3, 1)]))).toMatchObject({ pause: pids(1), resume: pids(3) });
  });

  test("one that uses no CPU holds no slot", () => {
    const asleep = sample(1, { recentCpuMs: 0 });
    expect(shareCpus(request([asleep, sample(2), paused(3, 1)], { idleMs: 50 }))).toMatchObject({ resume: pids(3) });
  });

  test("one that got little because the machine is full keeps its slot", () => {
    const crowd = numbers(10, 8).map((pid) => sample(pid, { ...front, agoMs: 1000, recentCpuMs: 12 }));
    const little = sample(1, { agoMs: 1000, turnCpuMs: 19, recentCpuMs: 1 });
    expect(shareCpus(request([...crowd, little, paused(3, 1)]))).toMatchObject({ pause: [], resume: [] });
  });

  test("cores that those in their turn leave unused go to those that wait", () => {
    const mostlyAsleep = [1, 2].map((pid) => sample(pid, { agoMs: 300, turnCpuMs: 60, recentCpuMs: 10 }));
    const left = request([...mostlyAsleep, paused(3, 9), paused(4, 8), paused(5, 7)], { idleMs: 80 });
    expect(shareCpus(left).resume).toEqual(pids(3, 4));
    expect(shareCpus({ ...left, idleMs: 0 }).resume).toEqual([]);
  });

  test("one that has just started waits behind those that wait already, and runs on as long as not many do", () => {
    const fresh = numbers(10, 3).map((pid) => sample(pid, { turns: 1, agoMs: 5, turnCpuMs: 5 }));
    expect(shareCpus(request([paused(3, 90), ...fresh], { sinceMs: 200 }))).toMatchObject({
      pause: pids(12, 11),
      resume: pids(3),
    });
    const two = fresh.slice(0, 2);
    expect(shareCpus(request([sample(1), ...two]))).toMatchObject({ pause: pids(11) });
  });

  test("a crowd that starts at once is paused within the rate, the newest first", () => {
    const crowd = numbers(1, 100).map((pid) => sample(pid, { turns: 1, agoMs: 200 - pid, turnCpuMs: 1 }));
    const { pause, againMs } = shareCpus(request(crowd, { sinceMs: 1000 }));
    expect(pause).toEqual(pids(100, 99, 98, 97, 96));
    expect(againMs).toBe(20);
  });

  test("calls that come close together pause no more than the rate, and no less", () => {
    let paused = 0;
    for (let at = 0; at < 10_000; at += 20) {
      const crowd = numbers(1, 50).map((pid) => ({ ...spent(pid), since: at as never }));
      paused += shareCpus(request(crowd, { at: (1_000_000 + at) as never, sinceMs: 20 })).pause.length;
    }
    expect(paused).toBe(200);
  });

  test("policy looks again when the turn may be over that somebody waits for", () => {
    const near = sample(1, { agoMs: 1000, turnCpuMs: 360, recentCpuMs: 50 });
    expect(shareCpus(request([near, sample(2), paused(3, 1)])).againMs).toBe(40);
    expect(shareCpus(request([sample(1), sample(2), paused(3, 1)])).againMs).toBe(100);
  });

  test("those that may wake up without an event are looked at now and then", () => {
    const asleep = [1, 2, 3].map((pid) => sample(pid, { agoMs: 10_000, turnCpuMs: 1, recentCpuMs: 0 }));
    expect(shareCpus(request(asleep, { idleMs: 100 }))).toEqual({ pause: [], resume: [], againMs: 500 });
  });
});

describe("foreground", () => {
  test("leaves one core to background, however many there are", () => {
    const busy = numbers(10, 7).map((pid) => sample(pid, front));
    expect(shareCpus(request([...busy, paused(1, 9), paused(2, 8)]))).toMatchObject({ pause: [], resume: pids(1) });
    const one = shareCpus(request([sample(10, front), sample(3), paused(1, 9)]));
    expect(one).toMatchObject({ pause: [], resume: [] });
  });

  test("that takes a core away from background waits for the end of a turn, not in it", () => {
    expect(shareCpus(request([sample(10, front), sample(1, { agoMs: 60 }), sample(2, { agoMs: 60 })]))).toMatchObject({
      pause: [],
    });
    expect(shareCpus(request([sample(10, front), sample(1, { agoMs: 60 }), spent(2)]))).toMatchObject({
      pause: pids(2),
    });
  });

  test("that waits, sleeps or yields takes nothing from background", () => {
    for (const more of [{ blocked: true }, { recentCpuMs: 0 }, { yielded: true }]) {
      const idle = sample(10, { ...front, ...more });
      expect(shareCpus(request([idle, sample(1), paused(2, 9)], { idleMs: 50 }))).toMatchObject({ resume: pids(2) });
    }
  });

  test("is not paused up to four for each core", () => {
    const busy = numbers(10, 8)
      .map((pid) => spent(pid))
      .map((process) => ({ ...process, ...front }));
    expect(shareCpus(request(busy))).toEqual({ pause: [], resume: [], againMs: null });
  });

  test("takes turns beyond that", () => {
    const busy = numbers(10, 8).map((pid) => ({ ...spent(pid, 1000 - pid), ...front }));
    const waits = { ...paused(1, 9), ...front };
    expect(shareCpus(request([...busy, waits]))).toMatchObject({ pause: pids(10), resume: pids(1) });
  });

  test("that is paused is resumed at once where there is a slot", () => {
    expect(shareCpus(request([{ ...paused(1, 1), ...front }, sample(2), sample(3)])).resume).toEqual(pids(1));
  });
});

test("a policy that starts anew goes on: what is paused is resumed in the order in which it was paused", () => {
  const all = numbers(1, 20).map((pid) => paused(pid, 5000 - pid));
  expect(shareCpus(request(all, { sinceMs: 0 })).resume).toEqual(pids(1, 2));
});
