import type { Pid, ProcessView, ProjectId, ProjectView } from "../../../kernel/abi/index.ts";
import { hasEnded } from "../parts/process-facts.ts";

/**
 * Texts that change when something that was read once may have changed. Pure.
 *
 * They hold only what decides it, so that a reading of the memory in use asks for nothing anew.
 */
export function authorityMark(processes: ReadonlyMap<Pid, ProcessView>): string {
  return [...processes.values()].map((process) => `${process.pid} ${tableOf(process)}`).join("\n");
}

interface Told {
  processes: ReadonlyMap<Pid, ProcessView>;
  projects: ReadonlyMap<ProjectId, ProjectView>;
  user: string;
}

/** What a person may do: the projects that they see, and the tables of their sessions. */
export function rightsMark({ processes, projects, user }: Told): string {
  const sessions = [...processes.values()].filter(
    (process) => process.kind === "session" && process.user === user && !hasEnded(process),
  );
  return [...[...projects.keys()].toSorted(), ...sessions.map(tableOf).toSorted()].join("\n");
}

const tableOf = (process: ProcessView): string => (hasEnded(process) ? "ended" : process.table.join(" "));
