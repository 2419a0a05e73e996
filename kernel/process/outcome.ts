import { type Outcome, type Pid, type SignalName, signalNames, signalNumbers } from "../abi/index.ts";

/** From what the engine and the kernel know of an ended container to its one outcome. Pure. */

export interface Ending {
  /** The exit status as the engine reports it: the program's own, or 128 + n after signal n. */
  exitCode: number;
  /** A task in it was killed for memory, as late as its death by SIGKILL can have come of it. */
  oomKilled: boolean;
  /** The last signal that the kernel sent on somebody's behalf. */
  sent: { by: Pid; signal: SignalName } | undefined;
  /** Set when the kernel ended it for its TIME quota. */
  timedOutAfterMs: number | undefined;
  /** Why the kernel ended it by itself: a right that it cannot do without was taken, or a quota passed. */
  endedFor: Extract<Outcome, { kind: "revoked" | "quota" }> | undefined;
  /** The engine was gone while the process ran, so that the end may be its doing. */
  engineLost: boolean;
}

const signalOf = (exitCode: number): SignalName | undefined =>
  signalNames.find((name) => signalNumbers[name] === exitCode - 128);

/** Exit statuses that an engine leaves when it goes down or comes back: SIGKILL, SIGTERM, and unknown. */
const engineEndings = new Set([137, 143, 255]);

export function outcomeOf(ending: Ending): Outcome {
  const { exitCode, sent } = ending;
  const signal = signalOf(exitCode);
  if (ending.timedOutAfterMs !== undefined && signal === "SIGKILL") {
    return { kind: "timeout", limitMs: ending.timedOutAfterMs };
  }
  if (ending.endedFor !== undefined && signal === "SIGKILL") return ending.endedFor;
  if (sent !== undefined && signal === sent.signal) return { kind: "killed", by: sent.by, signal };
  if (ending.oomKilled && signal === "SIGKILL") return { kind: "oom" };
  if (ending.engineLost && engineEndings.has(exitCode)) {
    return {
      kind: "fault",
      code: "unavailable",
      message: `the container engine went away while the process ran; it reported exit status ${exitCode}`,
    };
  }
  return signal === undefined ? { kind: "code", code: exitCode & 255 } : { kind: "signal", signal };
}
