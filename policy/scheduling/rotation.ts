import type { Pid, Schedulable } from "../../kernel/abi/index.ts";
import { type Gauge, weightOf } from "./demand.ts";
import { leftMsOf, type Standing, standingOf } from "./turn.ts";

/**
 * The processes of one class take turns on its slots.
 *
 * Who has waited longest is next: waiting is the only precedence there is, so nobody is overtaken for ever. Who is in
 * its turn keeps it to the end; who has had it goes to the end of the queue by being paused. A process that has just
 * started queues like the others, but runs on meanwhile as long as no more than `ceiling` run.
 */

export interface Allotment {
  /** How many cores' worth of processes have their turn at once. */
  slots: number;
  /** Cores that those who have their turn leave unused: others may have them. */
  unusedCores: number;
  /** Above this, those who have just started are paused at once. */
  ceiling: number;
  /** CPU time of a whole turn. */
  sliceMs: number;
  /** At most so many are paused now. */
  pauses: number;
}

export interface Rotation {
  pause: Pid[];
  resume: Pid[];
  /** When a slot may be free that somebody waits for; `null` where nobody waits. */
  nextMs: number | null;
}

interface Candidate {
  process: Schedulable;
  standing: Standing;
  weight: number;
}

export function rotate(processes: readonly Schedulable[], gauge: Gauge, allotment: Allotment): Rotation {
  const { slots, sliceMs, pauses } = allotment;
  const candidates: Candidate[] = [];
  for (const process of processes) {
    const standing = standingOf(process, gauge, sliceMs);
    if (standing !== "idle") candidates.push({ process, standing, weight: weightOf(process) });
  }
  const inTurn = candidates.filter(({ standing }) => standing === "turn");
  const queue = candidates.filter(({ standing }) => standing !== "turn").sort(before);
  const free = Math.max(slots - weigh(inTurn), allotment.unusedCores);
  const chosen = head(queue, free);
  const left = queue.slice(chosen.length);
  const tooMany = surplus(left, allotment.ceiling - weigh(inTurn) - weigh(chosen));
  const paused = tooMany.slice(0, pauses);
  const resumed = chosen.filter(({ standing }) => standing === "waits");
  const waiting = left.length > 0 || resumed.length > 0;
  const { soonMs, lookMs } = gauge.limits;
  const ends = [...inTurn, ...chosen].map(({ process }) => leftMsOf(process, gauge, sliceMs));
  const soon = tooMany.length > paused.length || (left.length > 0 && allotment.unusedCores > 0);
  return {
    pause: paused.map(({ process }) => process.pid),
    resume: resumed.map(({ process }) => process.pid),
    nextMs: waiting ? Math.min(soon ? soonMs : lookMs, ...ends) : null,
  };
}

const weigh = (candidates: readonly Candidate[]): number => candidates.reduce((sum, { weight }) => sum + weight, 0);

/** Longest waiting first; whoever has had a turn comes last, and of those the one whose turn began last is kept first. */
function before(a: Candidate, b: Candidate): number {
  if ((a.standing === "over") !== (b.standing === "over")) return a.standing === "over" ? 1 : -1;
  const order = a.process.since - b.process.since || a.process.pid - b.process.pid;
  return a.standing === "over" ? -order : order;
}

function head(queue: readonly Candidate[], free: number): Candidate[] {
  let end = 0;
  for (let left = free; left > 0.001 && end < queue.length; end += 1) left -= queue[end]?.weight ?? 0;
  return queue.slice(0, end);
}

/** Who runs and is to be paused: all who have had their turn, then the newest of those who are new. */
function surplus(left: readonly Candidate[], room: number): Candidate[] {
  const over = left.filter(({ standing }) => standing === "over").reverse();
  const newest = left.filter(({ standing }) => standing === "new").reverse();
  const tooMany = weigh(newest) - room;
  return tooMany > 0 ? [...over, ...head(newest, tooMany)] : over;
}
