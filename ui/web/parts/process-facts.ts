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

const inProject = "/project/";
/** Where builds put what is then run. */
const outputs = /^\/project\/\.superos\/build\/[0-9a-f]+\//;

/** A process's own name for people: its command line, without where a build put the program, what it builds, or what it is. */
export function titleOf({ argv, name }: ProcessView): string {
  if (argv.length === 0) return name;
  const built = buildOf(argv);
  return built === null ? argv.join(" ").replace(outputs, "").replace(/\s+/g, " ") : `build of ${built}`;
}

/** What a build is for: the words of its recipe that name places are the file, or its folder, and where its outputs go. */
export function buildOf([program, out = "", ...recipe]: readonly string[]): string | null {
  if (program !== "superos-build") return null;
  const path = recipe.find((word) => word.startsWith(inProject) && !word.startsWith(out));
  return path === undefined ? "the project" : path.slice(inProject.length);
}
