import type { Outcome, Pid } from "../abi/index.ts";
import type { ProcessEntry } from "../process/process-table.ts";

/** What a kernel makes of the processes that an earlier one left. Pure. */

/** The outcome of a process that is not there any more. */
export function lostOutcome(launched: boolean): Outcome {
  const message = launched
    ? "its container was gone when the kernel came back: the machine or the engine was restarted"
    : "the kernel stopped before the process ran";
  return { kind: "fault", code: "unavailable", message };
}

/**
 * Entries of containers that are not in the table yet, each after its parent, whatever their pids. One whose parent is no
 * more (a session ends with its kernel) goes to `orphanage`, and is left out where that knows no place for it.
 */
export function inOrder(
  known: readonly ProcessEntry[],
  isThere: (pid: Pid) => boolean,
  orphanage: (entry: ProcessEntry) => Pid | undefined,
): ProcessEntry[] {
  const left = new Map(
    known.filter(({ pid, kind }) => kind === "container" && !isThere(pid)).map((entry) => [entry.pid, entry]),
  );
  const ordered = new Map<Pid, ProcessEntry>();
  const place = (entry: ProcessEntry): void => {
    // Walks up without recursion: a chain may be as long as memory allows.
    const chain: ProcessEntry[] = [];
    for (let at: ProcessEntry | undefined = entry; at !== undefined && !ordered.has(at.pid);) {
      if (chain.includes(at)) break;
      chain.push(at);
      at = at.parent === null ? undefined : left.get(at.parent);
    }
    for (const each of chain.reverse()) {
      const parent = each.parent;
      const known = parent !== null && (isThere(parent) || ordered.has(parent));
      const home = known ? parent : orphanage(each);
      if (home !== undefined) ordered.set(each.pid, { ...each, parent: home });
    }
  };
  for (const entry of left.values()) place(entry);
  return [...ordered.values()];
}
