import type { Outcome, ProcessView } from "../../../kernel/abi/index.ts";

/** What follows from a process's view. Pure. */
export const outcomeOf = ({ state }: ProcessView): Outcome | null =>
  state.phase === "exited" || state.phase === "reaped" ? state.outcome : null;

export const hasEnded = (process: ProcessView): boolean => outcomeOf(process) !== null;

/** How long it has run until now or its end, or nothing before its start. */
export function runtimeMs({ state }: ProcessView, now: number): number | null {
  switch (state.phase) {
    case "embryo":
    case "ready":
    case "reaped":
      return null;
    case "running":
    case "paused":
      return now - state.startedAt;
    case "exiting":
      return state.startedAt === undefined ? null : now - state.startedAt;
    case "exited":
      return state.startedAt === undefined ? null : state.endedAt - state.startedAt;
    default:
      return state satisfies never;
  }
}

/** A process's own name for people: its command line, or what it is. */
export const titleOf = (process: ProcessView): string =>
  process.argv.length > 0 ? process.argv.join(" ").replace(/\s+/g, " ") : process.name;
