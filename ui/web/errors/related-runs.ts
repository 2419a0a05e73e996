import type { Pid, ProcessView } from "../../../kernel/abi/index.ts";

/** A run and what it started, such as the compiler of it: at most `limit`, the run first. Pure. */
const limit = 8;

export function relatedRuns(all: readonly ProcessView[], shown: ProcessView | undefined): ProcessView[] {
  if (shown === undefined) return [];
  const inTree = new Set<Pid>([shown.pid]);
  const found = [shown];
  // A child has a greater pid than its parent, so one pass in their order meets every parent first.
  for (const process of all.toSorted((one, other) => one.pid - other.pid)) {
    if (process.parent === null || !inTree.has(process.parent) || inTree.has(process.pid)) continue;
    inTree.add(process.pid);
    found.push(process);
  }
  return found.slice(0, limit);
}
