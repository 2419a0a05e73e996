import { cpuLimits } from "../limits.ts";
import type { Report } from "./report.ts";
import type { Workload } from "./workload.ts";

/**
 * The bounds that docs/scheduling.md states, measured on what a simulation tells.
 *
 * Each returns figures whose meaning the tests assert, so that a failure shows by how much.
 */

/** The longest that a turn of background takes by the clock: alone, and beside foreground that takes what it can. */
export const longestTurnMs = { alone: 500, beside: 2000 } as const;

/** The longest turn of foreground where it is paused in turn. */
export const longestFrontTurnMs = 1000;

/**
 * The longest that a pause kept a process from a CPU, as a share of what the bound allows: one turn for each that was
 * there when it was paused, over the slots that there are at least, and one turn more.
 */
export function starvation({ held }: Report, { cores, programs }: Workload): number {
  const beside = programs.some((program) => program.class === "foreground");
  const front = cpuLimits.foregroundSlotsPerCore * cores;
  let worst = 0;
  for (const { ms, among, class: name } of held) {
    const slots = name === "foreground" ? front : beside ? 1 : cores;
    const turnMs = name === "foreground" ? longestFrontTurnMs : beside ? longestTurnMs.beside : longestTurnMs.alone;
    worst = Math.max(worst, ms / ((Math.ceil(among / slots) + 1) * turnMs));
  }
  return worst;
}

/** Jain's index of the CPU time that processes with this label got between the first two samples: 1 is equal. */
export function fairness({ samples }: Report, label: string): number {
  const [from, to] = samples;
  const got: number[] = [];
  for (const [pid, { cpuMs }] of to?.cpuMs ?? []) {
    const before = from?.cpuMs.get(pid);
    if (before?.label === label) got.push(cpuMs - before.cpuMs);
  }
  const sum = got.reduce((total, each) => total + each, 0);
  const squares = got.reduce((total, each) => total + each * each, 0);
  return squares === 0 ? 0 : (sum * sum) / (got.length * squares);
}

/** The most pauses in any one second. */
export function pausesInASecond({ pausesAt }: Report): number {
  let most = 0;
  let from = 0;
  pausesAt.forEach((at, index) => {
    while ((pausesAt[from] ?? at) <= at - 1000) from += 1;
    most = Math.max(most, index - from + 1);
  });
  return most;
}

/** What may be: the rate of both classes, what a silence saves up, and one more where the second cuts the scale. */
export function mostPausesInASecond(cores: number): number {
  const { pausesPerCoreSecond, savedMs } = cpuLimits;
  return 2 * (pausesPerCoreSecond * cores * (1 + savedMs / 1000) + 1);
}

/** A quantile of how much longer than their CPU time the bursts of a label took. */
export function delayMs({ bursts }: Report, label: string, quantile: number): number {
  const delays = bursts.filter((burst) => burst.label === label).map(({ ms, tookMs }) => tookMs - ms);
  delays.sort((a, b) => a - b);
  return delays[Math.min(delays.length - 1, Math.floor(delays.length * quantile))] ?? Number.NaN;
}

/** The share of the CPU time that was there and was used. */
export const utilization = ({ usedMs, atMs }: Report, { cores }: Workload): number => usedMs / (atMs * cores);
