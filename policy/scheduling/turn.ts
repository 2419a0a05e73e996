import type { Schedulable } from "../../kernel/abi/index.ts";
import { type Gauge, isIdle, speedOf, weightOf } from "./demand.ts";

/**
 * Where a process is in its turn.
 *
 * A turn is CPU time, counted from the last start or resume through any number of blockings: so nobody gains by
 * blocking shortly before its end, and who computes little at a time keeps its turn for long.
 */

/**
 * `waits` paused, for its turn; `new`: runs since its start and has not been given a turn; `turn`: runs in its turn;
 * `over`: has had its turn, or yields; `idle`: runs and has no use for a CPU.
 */
export type Standing = "waits" | "new" | "turn" | "over" | "idle";

/** CPU time of this process's turn: less for one with less than a core. */
const turnMsOf = (process: Schedulable, sliceMs: number): number => sliceMs * weightOf(process);

export function standingOf(process: Schedulable, gauge: Gauge, sliceMs: number): Standing {
  if (process.phase === "paused") return "waits";
  const over = process.turnCpuMs >= turnMsOf(process, sliceMs);
  if ((process.blocked && !over) || isIdle(process, gauge)) return "idle";
  if (over || process.yielded) return "over";
  return process.turns > 1 ? "turn" : "new";
}

/** When its turn may be over at the earliest, in wall time. */
export function leftMsOf(process: Schedulable, gauge: Gauge, sliceMs: number): number {
  const { soonMs } = gauge.limits;
  const fastest = Math.min(process.cores, gauge.cores);
  const leftMs = turnMsOf(process, sliceMs) - (process.phase === "running" ? process.turnCpuMs : 0);
  return Math.max(Math.ceil(leftMs / Math.max(speedOf(process, gauge) ?? fastest, 0.001)), soonMs);
}
