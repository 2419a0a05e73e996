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
  /** Whether all CPUs together were in use since the last snapshot. */
  readonly full: boolean;
  /** Below this share of a core a process of the class is idle. */
  readonly idleShare: Readonly<Record<ProcessClass, number>>;
  /** In this time Linux has come to everybody who runs. */
  readonly roundMs: number;
}

const fullFrom = 0.85;
const linuxSliceMs = 10;

export function gaugeOf(request: ScheduleRequest, limits = cpuLimits): Gauge {
  const { at, sinceMs, cores } = request;
  let shares = 0;
  let runnable = 0;
  let usedMs = 0;
  for (const process of request.processes) {
    usedMs += process.recentCpuMs;
    if (process.phase !== "running" || process.blocked) continue;
    shares += classShares[process.class];
    runnable += 1;
  }
  const idle = (name: ProcessClass): number =>
    Math.min(limits.idleShare, (cores * classShares[name]) / (2 * Math.max(shares, 1)));
  return {
    at,
    sinceMs,
    cores,
    limits,
    full: usedMs >= fullFrom * cores * sinceMs,
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
  if (recent !== undefined && !gauge.full) return true;
  return turn !== undefined && turn < idleBelow;
}
