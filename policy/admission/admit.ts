import { formatBytes, type QuestionRequest, type QuestionResponse } from "../../kernel/abi/index.ts";

/**
 * Admission: whether the machine has room for one more process.
 *
 * Pure. It only ever says no: what the requester may ask for was settled by the kernel before this is asked.
 */

export interface AdmissionLimits {
  /** The share of the machine's memory that may be promised to processes, 0 to 1. */
  memoryShare: number;
  /** At most so many processes run at once. */
  processes: number;
}

export const defaultLimits: AdmissionLimits = { memoryShare: 0.9, processes: 256 };

type Snapshot = QuestionRequest<"admit">["machine"];
type Verdict = QuestionResponse<"admit">;

const refuse = (reason: string): Verdict => ({ admit: false, code: "exhausted", reason });

const roughly = (bytes: number): string => formatBytes(Math.max(Math.round(bytes / 1024 ** 2), 1) * 1024 ** 2);

export function admit(snapshot: Snapshot, request: { memoryBytes: number }, limits = defaultLimits): Verdict {
  if (snapshot.running >= limits.processes) {
    return refuse(`${snapshot.running} processes run, and ${limits.processes} may`);
  }
  const roomBytes = Math.floor(snapshot.memoryBytes * limits.memoryShare);
  if (snapshot.committedBytes + request.memoryBytes > roomBytes) {
    const asked = `${roughly(request.memoryBytes)} of memory asked for`;
    return refuse(
      `${asked}, ${roughly(snapshot.committedBytes)} promised already, ${roughly(roomBytes)} may be promised`,
    );
  }
  return { admit: true };
}
