import type { PoolShape, Schedulable, ScheduleRequest, ScheduleResponse } from "../../kernel/abi/index.ts";
import { type AdmissionLimits, defaultLimits } from "../admission/admit.ts";
import { poolLimits } from "./limits.ts";

/**
 * How many embryos of each shape there should be.
 *
 * As many as were used in the last minute, a few of what was used in the last minutes, none of what was not; in all no
 * more than a part of the memory that nobody wants. What was used longest ago goes first. Embryos never keep a
 * process waiting: while one waits for memory, or memory is scarce, there should be none. Whoever takes an embryo starts
 * without being asked for again, so no more are there than processes may still run.
 */

const defaults = { ...poolLimits, processes: defaultLimits.processes };

type Limits = typeof poolLimits & Pick<AdmissionLimits, "processes">;
type Counts = ScheduleResponse["pool"];

export interface Free {
  /** What is not promised to processes. */
  freeBytes: number;
  /** Whether a process waits for memory. */
  short: boolean;
}

export function poolCounts(request: ScheduleRequest, free: Free, limits: Limits = defaults): Counts {
  const { at, memory, pool } = request;
  if (free.short || memory.availableBytes < memory.totalBytes * limits.scarceShare) return [];
  let bytes = Math.floor(free.freeBytes * limits.memoryShare);
  let number = Math.min(limits.inAll, limits.processes - request.processes.filter(isStarted).length);
  const counts = new Map<string, number>();
  const recent = [...pool].sort((a, b) => b.lastUsedAt - a.lastUsedAt || (a.shape < b.shape ? -1 : 1));
  const give = (shape: PoolShape, wanted: number): void => {
    const has = counts.get(shape.shape) ?? 0;
    const room = shape.memoryBytes === 0 ? number : Math.min(number, Math.floor(bytes / shape.memoryBytes));
    const more = Math.max(0, Math.min(wanted - has, room));
    if (more === 0) return;
    counts.set(shape.shape, has + more);
    bytes -= more * shape.memoryBytes;
    number -= more;
  };
  // Everybody's first ones come before anybody's many.
  for (const shape of recent) give(shape, leastOf(shape, at, limits));
  for (const shape of recent) give(shape, mostOf(shape, at, limits));
  return [...counts].map(([shape, count]) => ({ shape, count }));
}

const isStarted = ({ phase }: Schedulable): boolean => phase !== "waiting";

function leastOf({ lastUsedAt }: PoolShape, at: number, { fresh, stale }: typeof poolLimits): number {
  const ageMs = at - lastUsedAt;
  if (ageMs <= fresh.withinMs) return fresh.count;
  return ageMs <= stale.withinMs ? stale.count : 0;
}

/** By demand; what is there already goes little by little, so that the next burst finds some. */
function mostOf(shape: PoolShape, at: number, { perShape, stale }: typeof poolLimits): number {
  const ageMs = at - shape.lastUsedAt;
  if (ageMs > stale.withinMs) return 0;
  const lasting = Math.round(perShape * (1 - Math.max(0, ageMs) / stale.withinMs));
  return Math.min(perShape, Math.max(shape.recentSpawns, Math.min(shape.ready + shape.making, lasting)));
}
