import type { Millis, Outcome, ProcessState } from "../abi/index.ts";

/**
 * The life of a process as a pure function from state and event to the next state.
 *
 * An ended process has exactly one outcome: `ended` is accepted once. What is not allowed is a typed refusal that
 * the caller turns into `bad_state`; nothing is ever silently ignored.
 */

export type ProcessEvent =
  | { type: "queued"; at: Millis; reason: string }
  | { type: "gate_ready"; at: Millis }
  | { type: "launched"; at: Millis }
  | { type: "paused"; at: Millis }
  | { type: "resumed" }
  | { type: "ending"; at: Millis }
  | { type: "ended"; at: Millis; outcome: Outcome }
  | { type: "reaped" };

export type Transition = { ok: true; state: ProcessState } | { ok: false; reason: string };

const accept = (state: ProcessState): Transition => ({ ok: true, state });

function startOf(state: ProcessState): { startedAt?: Millis } {
  return "startedAt" in state && state.startedAt !== undefined ? { startedAt: state.startedAt } : {};
}

/** Whether a process in this state still holds a container, or is about to. */
export const isLive = (state: ProcessState): boolean => state.phase !== "exited" && state.phase !== "reaped";

export function transition(state: ProcessState, event: ProcessEvent): Transition {
  const refuse: Transition = { ok: false, reason: `a process that is ${state.phase} cannot be ${event.type}` };
  switch (event.type) {
    case "queued":
      return state.phase === "embryo" || state.phase === "ready"
        ? accept({ phase: "ready", since: event.at, reason: event.reason })
        : refuse;
    case "gate_ready":
      return state.phase === "embryo" ? accept({ phase: "ready", since: event.at }) : refuse;
    case "launched":
      return state.phase === "ready" ? accept({ phase: "running", startedAt: event.at }) : refuse;
    case "paused":
      return state.phase === "running"
        ? accept({ phase: "paused", startedAt: state.startedAt, since: event.at })
        : refuse;
    case "resumed":
      return state.phase === "paused" ? accept({ phase: "running", startedAt: state.startedAt }) : refuse;
    case "ending":
      return isLive(state) && state.phase !== "exiting"
        ? accept({ phase: "exiting", ...startOf(state), since: event.at })
        : refuse;
    case "ended":
      return isLive(state)
        ? accept({ phase: "exited", ...startOf(state), endedAt: event.at, outcome: event.outcome })
        : refuse;
    case "reaped":
      return state.phase === "exited"
        ? accept({ phase: "reaped", endedAt: state.endedAt, outcome: state.outcome })
        : refuse;
    default:
      return event satisfies never;
  }
}
