import type { ProcessClass, Schedulable, ScheduleRequest } from "../../kernel/abi/index.ts";
import { type CpuLimits, cpuLimits } from "./limits.ts";

/**
 * Who wants a CPU, and how fast a process gets on with it.
 *
 * What a process uses tells more than what it says: one that blocks in one thread and computes in another wants a CPU.
 * A process that uses little may be idle, or held back by others, which need not be ours: where the machine is full,
 * little is a part of what its equals get, over a time that is long enough for everybody to have had a turn of Linux's own.
 */

export interface Gauge {
  readonly at: number;
  readonly sinceMs: number;
  readonly cores: number;
  readonly limits: CpuLimits;
  /** Cores that were not in use since the last snapshot, as far as can be told; 0 where the machine is as good as full. */
  readonly unusedCores: number;
  /** Below this share of a core a process of the class is idle on a full machine. */
  readonly idleShare: Readonly<Record<ProcessClass, number>>;
  /** In this time Linux has come to everybody who runs. */
  readonly roundMs: number;
}

/** Below this share of all cores what is unused is not worth another process, or an error of measurement. */
const leastUnusedShare = 0.15;
const linuxSliceMs = 10;
const leastRoundMs = 500;

export function gaugeOf(request: ScheduleRequest, limits = cpuLimits): Gauge {
  const { at, sinceMs, cores, idleMs } = request;
  const awake = request.processes.filter(({ phase, blocked }) => phase === "running" && !blocked);
  const roundMs = Math.max(leastRoundMs, (2 * linuxSliceMs * awake.length) / cores);
  const usedMs = request.processes.reduce((sum, process) => sum + usedOf(process, request), 0);
  // Other programs use CPU, too; and what the host tells is coarse.
  const unusedMs = Math.min(cores * sinceMs - usedMs, idleMs);
  const unusedCores = sinceMs < limits.leastSampleMs ? 0 : Math.max(0, unusedMs / sinceMs);
  const idleShare = (name: ProcessClass): number => {
    const speeds = awake
      .filter((process) => process.class === name)
      .map((process) => turnSpeed(process, { at, roundMs }))
      .filter((speed) => speed !== undefined);
    const mean = speeds.reduce((sum, speed) => sum + speed, 0) / Math.max(1, speeds.length);
    return Math.min(limits.idleShare, Math.max(limits.leastIdleShare, mean / 4));
  };
  return {
    at,
    sinceMs,
    cores,
    limits,
    unusedCores: unusedCores < leastUnusedShare * cores ? 0 : unusedCores,
    idleShare: { foreground: idleShare("foreground"), background: idleShare("background") },
    roundMs,
  };
}

/** What it used since the last snapshot; of who began only a moment ago, what it would have used. */
export function usedOf(process: Schedulable, { at, sinceMs }: Pick<Gauge, "at" | "sinceMs">): number {
  const began = process.phase === "running" && at - process.since < sinceMs;
  return began ? Math.max(process.recentCpuMs, weightOf(process) * sinceMs) : process.recentCpuMs;
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
function turnSpeed(process: Schedulable, gauge: Pick<Gauge, "at" | "roundMs">): number | undefined {
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
  const recent = recentSpeed(process, gauge);
  if (gauge.unusedCores > 0 && recent !== undefined) return recent < gauge.limits.idleShare;
  const idleBelow = gauge.idleShare[process.class];
  const turn = turnSpeed(process, gauge);
  return turn !== undefined && turn < idleBelow && (recent ?? 0) < idleBelow;
}
