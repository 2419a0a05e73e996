import type { Pid, ProcessClass } from "../../../kernel/abi/index.ts";

/** What a simulation tells: the raw material of the checks. */

/** A process wanted a CPU and was kept from it by a pause. */
export interface Held {
  pid: Pid;
  class: ProcessClass;
  at: number;
  ms: number;
  /** How many of its class had started and not ended when it was paused. */
  among: number;
}

/** A process waited to start. */
export interface StartWait {
  pid: Pid;
  class: ProcessClass;
  ms: number;
  memoryBytes: number;
  /** How many started before it that arrived later by more than its handicap and its patience. */
  overtakenBy: number;
}

/** One step of computing, from when the process was ready for it to when it was done. */
export interface Burst {
  label: string;
  class: ProcessClass;
  readyAt: number;
  ms: number;
  tookMs: number;
  /** Whether it is the process's first: then it was ready when it was spawned. */
  first: boolean;
}

export interface Report {
  /** How it ended: everybody was done, nobody could go on, or time was up. */
  end: "done" | "stuck" | "late";
  atMs: number;
  processes: number;
  refused: number;
  /** CPU time that was used, and that was there. */
  usedMs: number;
  held: Held[];
  startWaits: StartWait[];
  bursts: Burst[];
  pausesAt: number[];
  /** CPU time of each process at the times that were asked for, by label. */
  samples: { at: number; cpuMs: Map<Pid, { label: string; cpuMs: number }> }[];
  /** The most that processes were promised, and that they and the system used, as shares of the machine's memory. */
  promisedShare: number;
  usedShare: number;
  /** How often policy was asked, and the longest that an answer took, in real milliseconds. */
  asked: number;
  slowestMs: number;
}
