import type { ScheduleRequest, ScheduleResponse } from "../../kernel/abi/index.ts";
import { shareCpus, sooner } from "./cpu.ts";
import { poolLimits, startLimits } from "./limits.ts";
import { poolCounts } from "./pool.ts";
import { startWaiting } from "./starts.ts";

/**
 * What is to run now.
 *
 * Pure: the answer follows from the snapshot alone, so a policy that starts anew goes on where the last one ended, and
 * a simulator can run it in virtual time. docs/scheduling.md states the model and its bounds.
 */
export function schedule(request: ScheduleRequest): ScheduleResponse {
  const starts = startWaiting(request);
  const cpu = shareCpus(request);
  const pool = poolCounts(request, starts);
  let againMs = cpu.againMs;
  if (starts.reasons.length > 0) againMs = sooner(againMs, startLimits.againMs);
  if (pool.length > 0) againMs = sooner(againMs, poolLimits.againMs);
  return { start: starts.start, pause: cpu.pause, resume: cpu.resume, reasons: starts.reasons, pool, againMs };
}
