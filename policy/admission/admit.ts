import type { QuestionRequest, QuestionResponse } from "../../kernel/abi/index.ts";
import { freeBytes, memoryLimits, type MemoryLimits, promisableBytes, roughly, shortOf } from "./memory.ts";

/**
 * Admission: whether one more process may run, and now.
 *
 * Pure. It only ever says no or later: what the requester may ask for was settled by the kernel before this is asked.
 * Nobody is admitted before those that wait; what could never start is refused.
 */

export interface AdmissionLimits extends MemoryLimits {
  /** At most so many processes run at once. */
  processes: number;
  /** At most so many wait. */
  waiting: number;
}

export const defaultLimits: AdmissionLimits = { ...memoryLimits, processes: 256, waiting: 1000 };

export const enoughRun = (running: number, limits: { processes: number }): string =>
  `${running} processes run, and ${limits.processes} may`;

type Request = Pick<QuestionRequest<"admit">, "memoryBytes" | "machine">;
type Verdict = QuestionResponse<"admit">;

const refuse = (reason: string): Verdict => ({ admit: false, code: "exhausted", reason });
const later = (reason: string): Verdict => ({ admit: true, start: false, reason });
const now: Verdict = { admit: true, start: true };

export function admit({ memoryBytes, machine }: Request, limits = defaultLimits): Verdict {
  const { running, waiting, memoryBytes: totalBytes } = machine;
  const full = running >= limits.processes;
  // It lives in its parent's memory. The parent may wait for it, and hold what the others wait for: it never queues.
  if (memoryBytes === 0) return full ? refuse(enoughRun(running, limits)) : now;
  const mostBytes = promisableBytes(totalBytes, limits);
  if (memoryBytes > mostBytes) {
    return refuse(`${roughly(memoryBytes)} of memory asked for, ${roughly(mostBytes)} may be promised in all`);
  }
  if (waiting >= limits.waiting) return refuse(`${waiting} processes wait to start, and ${limits.waiting} may`);
  if (waiting > 0) return later(waiting === 1 ? "waits behind another one" : `waits behind ${waiting} others`);
  if (full) return later(enoughRun(running, limits));
  const free = freeBytes({ ...machine, totalBytes }, limits);
  return memoryBytes > free ? later(shortOf(memoryBytes, free)) : now;
}
