import type { Pid, Schedulable, ScheduleRequest, ScheduleResponse } from "../../kernel/abi/index.ts";
import { defaultLimits, enoughRun } from "../admission/admit.ts";
import { freeBytes, shortOf } from "../admission/memory.ts";
import { startLimits } from "./limits.ts";

/**
 * Which of those that wait start, and why the others do not.
 *
 * First come, first served, foreground some seconds ahead. While the first in line does not fit, smaller ones behind it
 * may start; once it has waited for longer than patience lasts, room is kept for it, and none behind it starts before.
 */

export interface Starts {
  start: Pid[];
  reasons: ScheduleResponse["reasons"];
  /** Whether somebody waits for memory. */
  short: boolean;
  /** What is free after the starts. */
  freeBytes: number;
}

export function startWaiting(request: ScheduleRequest, limits = { ...defaultLimits, ...startLimits }): Starts {
  const { at, memory, processes, pool } = request;
  const pooledBytes = pool.reduce((sum, { ready, making, memoryBytes }) => sum + (ready + making) * memoryBytes, 0);
  const rank = (process: Schedulable): number => process.since + limits.handicapMs[process.class];
  const line = processes.filter(({ phase }) => phase === "waiting").sort((a, b) => rank(a) - rank(b) || a.pid - b.pid);
  const start: Pid[] = [];
  const reasons: Starts["reasons"] = [];
  let running = processes.length - line.length;
  let promised = 0;
  let kept = false;
  let short = false;
  // What is promised here is as good as used.
  const freeNow = (): number => {
    const { committedBytes, availableBytes, totalBytes } = memory;
    return freeBytes(
      { totalBytes, pooledBytes, committedBytes: committedBytes + promised, availableBytes: availableBytes - promised },
      limits,
    );
  };
  for (const { pid, since, memoryBytes } of line) {
    const free = freeNow();
    const fits = memoryBytes <= free;
    const inTheirMemory = memoryBytes === 0;
    if (running < limits.processes && fits && (!kept || inTheirMemory)) {
      start.push(pid);
      running += 1;
      promised += memoryBytes;
      continue;
    }
    const place = placeInLine(reasons.length);
    if (running >= limits.processes) reasons.push({ pid, reason: `${enoughRun(running, limits)}; ${place}` });
    else if (fits) reasons.push({ pid, reason: `room is kept for one that has waited longer; ${place}` });
    else {
      const keeps: boolean = !kept && at - since >= limits.patienceMs;
      kept ||= keeps;
      short = true;
      reasons.push({ pid, reason: `${shortOf(memoryBytes, free)}; ${keeps ? "room is kept for it" : place}` });
    }
  }
  return { start, reasons, short, freeBytes: freeNow() };
}

/** Where it stands in the line. Far behind it is not told exactly, so that not every start changes every reason. */
function placeInLine(before: number): string {
  if (before === 0) return "first in line";
  const most = [1, 2, 3, 4, 5, 10, 20, 50, 100, 200, 500].find((step) => before <= step);
  if (most === undefined) return "more than 500 before it";
  return most <= 5 ? `${before} before it` : `at most ${most} before it`;
}
