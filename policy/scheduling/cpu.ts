import { classShares, type Pid, type Schedulable, type ScheduleRequest } from "../../kernel/abi/index.ts";
import { type Gauge, gaugeOf, isIdle, usedOf, weightOf } from "./demand.ts";
import { cpuLimits } from "./limits.ts";
import { rotate } from "./rotation.ts";
import { standingOf } from "./turn.ts";

/**
 * Who runs and who is paused.
 *
 * Foreground goes first and is paused only where very much of it computes at once. Background has the cores that
 * foreground leaves, and one at least. Linux shares the CPUs among those that run, by the weights of their classes.
 */

export interface CpuDecision {
  pause: Pid[];
  resume: Pid[];
  againMs: number | null;
}

export function shareCpus(request: ScheduleRequest, limits = cpuLimits): CpuDecision {
  const gauge = gaugeOf(request, limits);
  const started = request.processes.filter(({ phase }) => phase !== "waiting");
  const foreground = started.filter((process) => process.class === "foreground");
  const background = started.filter((process) => process.class === "background");
  const { cores } = gauge;
  const front = limits.foregroundSlotsPerCore * cores;
  const busy = busyWeight(foreground, gauge);
  const pauses = pausesNow(gauge);
  const wholeMs = busy > 0 ? limits.turnMs.background : limits.turnMs.backgroundAlone;
  const speed = Math.max(limits.leastTurnShare, Math.min(1, backgroundSpeed(background, busy, gauge)));
  const first = rotate(foreground, gauge, {
    slots: front,
    unusedCores: gauge.unusedCores,
    ceiling: 2 * front,
    sliceMs: limits.turnMs.foreground,
    pauses,
  });
  const second = rotate(background, gauge, {
    slots: Math.max(1, cores - busy),
    unusedCores: gauge.unusedCores,
    ceiling: cores,
    sliceMs: wholeMs * speed,
    pauses,
  });
  return {
    pause: [...first.pause, ...second.pause],
    resume: [...first.resume, ...second.resume],
    againMs: sooner(sooner(first.nextMs, second.nextMs), mayWake(started, gauge) ? limits.pollMs : null),
  };
}

export const sooner = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);

/** Cores that foreground processes want, without those that yield. */
function busyWeight(foreground: readonly Schedulable[], gauge: Gauge): number {
  let sum = 0;
  for (const process of foreground) {
    const standing = standingOf(process, gauge, gauge.limits.turnMs.foreground);
    if (standing !== "idle" && !process.yielded) sum += weightOf(process);
  }
  return sum;
}

/**
 * Cores that a background process gets beside foreground, and on a full machine at most what was seen: other programs
 * than ours take their part, too.
 */
function backgroundSpeed(background: readonly Schedulable[], front: number, gauge: Gauge): number {
  const busy = background.filter((process) => process.phase === "running" && !isIdle(process, gauge));
  if (busy.length === 0) return 1;
  const back = busy.reduce((sum, process) => sum + weightOf(process), 0);
  const frontShares = front * classShares.foreground;
  const taken = Math.min(front, (gauge.cores * frontShares) / (frontShares + back * classShares.background));
  const due = (gauge.cores - taken) / back;
  if (gauge.unusedCores > 0 || gauge.sinceMs < gauge.limits.leastSpeedSampleMs) return due;
  const usedMs = busy.reduce((sum, process) => sum + usedOf(process, gauge), 0);
  return Math.min(due, usedMs / gauge.sinceMs / back);
}

/**
 * How many may be paused now: what falls due between the last snapshot and this one on a fixed scale of time, so that
 * calls that are close together add up to the rate, and not to more.
 */
function pausesNow({ at, sinceMs, cores, limits }: Gauge): number {
  const perMs = (limits.pausesPerCoreSecond * cores) / 1000;
  const due = Math.floor(at * perMs) - Math.floor((at - sinceMs) * perMs);
  return Math.min(due, Math.max(1, Math.floor(perMs * limits.savedMs)));
}

/** Whether more would want a CPU than may have one, if those that seem idle woke up without an event. */
function mayWake(started: readonly Schedulable[], { cores, limits }: Gauge): boolean {
  const awake = started.filter(({ phase, blocked }) => phase === "running" && !blocked);
  const weight = awake.reduce((sum, process) => sum + weightOf(process), 0);
  if (weight > limits.foregroundSlotsPerCore * cores) return true;
  return weight > cores && awake.some((process) => process.class === "background");
}
