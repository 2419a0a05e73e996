import type { admit } from "../../admission/admit.ts";
import type { schedule } from "../schedule.ts";

/** What a simulation is told of the machine, the kernel and policy. Times in milliseconds. */
export interface SimulationOptions {
  schedule: typeof schedule;
  admit: typeof admit;
  /** The kernel asks at most so often. */
  leastGapMs: number;
  /** From snapshot to deed. */
  decisionMs: number;
  /** To start in an embryo, without one, and to make one. */
  warmMs: number;
  coldMs: number;
  /** The steps in which Linux tells CPU time. */
  tickMs: number;
  /** While policy is away. */
  outages: readonly { fromMs: number; toMs: number }[];
  sampleAt: readonly number[];
  untilMs: number;
  /** Other programs on the machine that compute all the time, as many threads with the weight of foreground. */
  otherThreads: number;
  /** Memory that other programs use. */
  systemBytes: number;
  /** Real time, to see how long an answer takes. */
  clock: () => number;
}
