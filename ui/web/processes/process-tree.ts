import type { Pid, ProcessView } from "../../../kernel/abi/index.ts";
import { hasEnded } from "../parts/process-facts.ts";

/**
 * The process table as rows of a tree, parents before their children. Pure.
 *
 * An ended process is left out unless asked for, except where something that lives hangs below it. A process whose
 * parent is not in the table is a root of its own: nothing that the kernel told is left out for want of a place.
 */
export interface TreeRow {
  process: ProcessView;
  level: number;
  children: number;
}

export interface TreeOptions {
  showEnded: boolean;
  collapsed: ReadonlySet<Pid>;
}

export function processRows(processes: ReadonlyMap<Pid, ProcessView>, options: TreeOptions): TreeRow[] {
  const shown = options.showEnded ? new Set(processes.keys()) : living(processes);
  const childrenOf = new Map<Pid | null, ProcessView[]>();
  for (const process of processes.values()) {
    if (!shown.has(process.pid)) continue;
    const parent = process.parent !== null && shown.has(process.parent) ? process.parent : null;
    const siblings = childrenOf.get(parent);
    if (siblings === undefined) childrenOf.set(parent, [process]);
    else siblings.push(process);
  }
  const rows: TreeRow[] = [];
  const waiting = sorted(childrenOf.get(null)).map((process) => ({ process, level: 1 }));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const children = sorted(childrenOf.get(next.process.pid));
    rows.push({ ...next, children: children.length });
    if (options.collapsed.has(next.process.pid)) continue;
    const level = next.level + 1;
    waiting.unshift(...children.map((process) => ({ process, level })));
  }
  return rows;
}

function sorted(siblings: readonly ProcessView[] = []): ProcessView[] {
  return siblings.toSorted((a, b) => a.pid - b.pid);
}

/** Those that have not ended, and all above them. */
function living(processes: ReadonlyMap<Pid, ProcessView>): Set<Pid> {
  const found = new Set<Pid>();
  for (const process of processes.values()) {
    if (hasEnded(process)) continue;
    for (let at: ProcessView | undefined = process; at !== undefined && !found.has(at.pid);) {
      found.add(at.pid);
      at = at.parent === null ? undefined : processes.get(at.parent);
    }
  }
  return found;
}
