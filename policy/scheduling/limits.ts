import type { ProcessClass } from "../../kernel/abi/index.ts";

/**
 * The numbers of scheduling, in one place. docs/scheduling.md says what follows from them.
 */

export interface CpuLimits {
  /** How many foreground processes a core takes before they are paused in turn, too. */
  foregroundSlotsPerCore: number;
  /** CPU time of one turn; background has the longer one while no foreground process wants a CPU. */
  turnMs: { readonly foreground: number; readonly background: number; readonly backgroundAlone: number };
  /** Where so many compute that background gets on slowly, its turns are shorter, but not shorter than this share. */
  leastTurnShare: number;
  /** At most so many pauses a second and core, of each class. */
  pausesPerCoreSecond: number;
  /** As long a silence can be made up for at once. */
  savedMs: number;
  /** Below this share of a core a process has no use for a CPU; on a full machine, below less, but not below the least. */
  idleShare: number;
  leastIdleShare: number;
  /** CPU time read over less than this says nothing. */
  leastSampleMs: number;
  /** CPU time of all background processes read over less than this does not tell how fast they get on. */
  leastSpeedSampleMs: number;
  /** CPU time of a process with less than a core says nothing over less than this: Linux gives it its quota in periods of this length. */
  quotaPeriodMs: number;
  /** How soon policy looks again by itself at the soonest; while somebody waits for a turn; and while nobody does. */
  soonMs: number;
  lookMs: number;
  pollMs: number;
}

export const cpuLimits: CpuLimits = {
  foregroundSlotsPerCore: 4,
  turnMs: { foreground: 120, background: 200, backgroundAlone: 400 },
  leastTurnShare: 0.1,
  pausesPerCoreSecond: 10,
  savedMs: 250,
  idleShare: 0.05,
  leastIdleShare: 0.002,
  leastSampleMs: 10,
  leastSpeedSampleMs: 50,
  quotaPeriodMs: 100,
  soonMs: 20,
  lookMs: 100,
  pollMs: 500,
};

export interface StartLimits {
  /** What a class is put back in the queue of those that wait to start: so long, and no longer, foreground goes first. */
  handicapMs: Readonly<Record<ProcessClass, number>>;
  /** How long smaller ones may start before one that does not fit; after that room is kept for it. */
  patienceMs: number;
  /** How soon policy looks again while somebody waits: memory may come free without an event. */
  againMs: number;
}

export const startLimits: StartLimits = {
  handicapMs: { foreground: 0, background: 30_000 },
  patienceMs: 10_000,
  againMs: 1000,
};

export interface PoolLimits {
  /** Embryos of a shape that was used lately, and after a while. */
  fresh: { readonly withinMs: number; readonly count: number };
  stale: { readonly withinMs: number; readonly count: number };
  perShape: number;
  inAll: number;
  /** The share of the free memory that all embryos together may have promised to them. */
  memoryShare: number;
  /** None while Linux has less than this share of the machine's memory left. */
  scarceShare: number;
  /** How soon policy looks again: embryos go as time passes. */
  againMs: number;
}

export const poolLimits: PoolLimits = {
  fresh: { withinMs: 120_000, count: 2 },
  stale: { withinMs: 600_000, count: 1 },
  perShape: 20,
  inAll: 48,
  memoryShare: 0.25,
  scarceShare: 0.1,
  againMs: 15_000,
};
