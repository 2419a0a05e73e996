import { classShares, type ProcessClass, type Schedulable, type ScheduleRequest } from "../../kernel/abi/index.ts";
import { type CpuLimits, cpuLimits } from "./limits.ts";

/**
 * Who wants a CPU, and how fast a process gets on with it.
 *
 * What a process uses tells more than what it says: one that blocks in one thread and computes in another wants a CPU.
 * A process that uses little may be idle, or held back by others: where the machine is full, little is less than half of
 * what its weight would give it, over a time that is long enough for everybody to have had a turn of Linux's own.
 */

export interface Gauge {
  readonly at: number;
  readonly sinceMs: number;
  readonly cores: number;
  readonly limits: CpuLimits;
  /** Cores that were not in use since the last snapshot, as far as can be told; 0 where the machine is as good as full. */
  readonly unusedCores: number;
  /** Below this share of a core a process of the class is idle. */
  readonly idleShare: Readonly<Record<ProcessClass, number>>;
  /** In this time Linux has come to everybody who runs. */
  readonly roundMs: number;
}

/** Below this share of all cores what is unused is not worth another process, or an error of measurement. */
const leastUnusedShare = 0.15;
const linuxSliceMs = 10;

export function gaugeOf(request: ScheduleRequest, limits = cpuLimits): Gauge {
  const { at, sinceMs, cores, idleMs } = request;
  let shares = 0;
  let runnable = 0;
  let usedMs = 0;
  for (const process of request.processes) {
    // Who began only a moment ago will use what it did not use before.
    const began = process.phase === "running" && at - process.since < sinceMs;
    usedMs += began ? Math.max(process.recentCpuMs, weightOf(process) * sinceMs) : process.recentCpuMs;
    if (process.phase !== "running" || process.blocked) continue;
    shares += classShares[process.class];
    runnable += 1;
  }
  // Other programs use CPU, too; and what the host tells is coarse.
  const unusedMs = Math.min(cores * sinceMs - usedMs, idleMs);
  const unusedCores = sinceMs < limits.leastSampleMs ? 0 : Math.max(0, unusedMs / sinceMs);
  const idle = (name: ProcessClass): number =>
    Math.min(limits.idleShare, (cores * classShares[name]) / (2 * Math.max(shares, 1)));
  return {
    at,
    sinceMs,
    cores,
    limits,
    unusedCores: unusedCores < leastUnusedShare * cores ? 0 : unusedCores,
    idleShare: { foreground: idle("foreground"), background: idle("background") },
    roundMs: Math.max(100, (2 * linuxSliceMs * runnable) / cores),
  };
}

/** What it takes of a slot: a core, or less where its quota gives it less. */
export const weightOf = (process: Schedulable): number => Math.min(1, process.cores);

/** Cores that it used since the last snapshot; `undefined` where that was too short a time to tell. */
function recentSpeed(process: Schedulable, gauge: Gauge): number | undefined {
  const measuredMs = Math.min(gauge.sinceMs, gauge.at - process.since);
  const leastMs = process.cores < 1 ? gauge.limits.quotaPeriodMs : gauge.limits.leastSampleMs;
  return measuredMs < leastMs ? undefined : process.recentCpuMs / measuredMs;
}

/** Cores that it used in its turn up to now; `undefined` where not everybody has had a chance since. */
function turnSpeed(process: Schedulable, gauge: Gauge): number | undefined {
  const runMs = gauge.at - process.since;
  return runMs < gauge.roundMs ? undefined : process.turnCpuMs / runMs;
}

/** Cores that it gets, or `undefined` where nothing is known yet. */
export function speedOf(process: Schedulable, gauge: Gauge): number | undefined {
  const recent = recentSpeed(process, gauge);
  const turn = turnSpeed(process, gauge);
  return recent === undefined ? turn : Math.max(recent, turn ?? 0);
}

/** Whether a running process shows by what it uses that it has no use for a CPU. */
export function isIdle(process: Schedulable, gauge: Gauge): boolean {
  const idleBelow = gauge.idleShare[process.class];
  const recent = recentSpeed(process, gauge);
  const turn = turnSpeed(process, gauge);
  if (recent !== undefined && recent >= idleBelow) return false;
  if (recent !== undefined && gauge.unusedCores > 0) return true;
  return turn !== undefined && turn < idleBelow;
}
