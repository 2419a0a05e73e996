import type { ScheduleRequest, ScheduleResponse } from "../../kernel/abi/index.ts";
import { shareCpus, sooner } from "./cpu.ts";
import { defaultLimits } from "../admission/admit.ts";
import { cpuLimits, poolLimits, startLimits } from "./limits.ts";
import { poolCounts } from "./pool.ts";
import { startWaiting } from "./starts.ts";

export const scheduleLimits = { starts: { ...defaultLimits, ...startLimits }, cpu: cpuLimits, pool: poolLimits };

/**
 * What is to run now.
 *
 * Pure: the answer follows from the snapshot alone, so a policy that starts anew goes on where the last one ended, and
 * a simulator can run it in virtual time. docs/scheduling.md states the model and its bounds.
 */
export function schedule(request: ScheduleRequest, limits = scheduleLimits): ScheduleResponse {
  const starts = startWaiting(request, limits.starts);
  const cpu = shareCpus(request, limits.cpu);
  const pool = poolCounts(request, starts, { ...limits.pool, processes: limits.starts.processes });
  let againMs = cpu.againMs;
  if (starts.reasons.length > 0) againMs = sooner(againMs, limits.starts.againMs);
  if (pool.length > 0) againMs = sooner(againMs, limits.pool.againMs);
  return { start: starts.start, pause: cpu.pause, resume: cpu.resume, reasons: starts.reasons, pool, againMs };
}
