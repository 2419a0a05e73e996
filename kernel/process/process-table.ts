import {
  type CapabilityTable,
  Fault,
  formatCapability,
  type Millis,
  type Pid,
  type ProcessClass,
  type ProcessKind,
  type ProcessState,
  type ProcessView,
  type ProjectId,
  type TerminalSize,
  type Usage,
} from "../abi/index.ts";
import { isLive, type ProcessEvent, transition } from "./transition.ts";

/**
 * The process table: every process, its parent and its state.
 *
 * Every process but the first has a living or remembered parent; a pid is never given out twice; state changes only
 * through `transition`. Pure: no clock, no I/O; whoever changes it tells the journal.
 */

export interface ProcessEntry {
  readonly pid: Pid;
  readonly parent: Pid | null;
  readonly kind: ProcessKind;
  readonly name: string;
  readonly project: ProjectId | null;
  readonly runtime: string | null;
  /** The reference of the image that it is made from where that is no runtime's. */
  readonly image: string | null;
  readonly argv: readonly string[];
  readonly cwd: string | null;
  readonly table: CapabilityTable;
  readonly createdAt: Millis;
  readonly startedBy: Pid | null;
  /** The account in whose name it runs. */
  readonly user: string | null;
  /** The name by which its project's processes reach it. */
  readonly endpoint: string | null;
  readonly class: ProcessClass;
  /** The size of its terminal, if it has one. */
  readonly tty: TerminalSize | null;
  readonly state: ProcessState;
  readonly container: string | null;
  readonly usage: Usage | null;
  readonly output: { readonly stdoutBytes: number; readonly stderrBytes: number };
}

/** What a creator says; the rest starts empty. */
export type NewProcess = Omit<ProcessEntry, "container" | "usage" | "output">;

export class ProcessTable {
  readonly #entries = new Map<Pid, ProcessEntry>();
  readonly #children = new Map<Pid, Set<Pid>>();

  add(process: NewProcess): ProcessEntry {
    if (this.#entries.has(process.pid)) throw new Error(`pid ${process.pid} is taken`);
    if (process.parent !== null && !this.#entries.has(process.parent)) throw new Error(`no parent ${process.parent}`);
    const entry = { ...process, container: null, usage: null, output: { stdoutBytes: 0, stderrBytes: 0 } };
    this.#entries.set(process.pid, entry);
    if (process.parent !== null) {
      const siblings = this.#children.get(process.parent) ?? new Set();
      this.#children.set(process.parent, siblings.add(process.pid));
    }
    return entry;
  }

  /** Faults: `not_found`. */
  get(pid: Pid): ProcessEntry {
    const entry = this.#entries.get(pid);
    if (entry === undefined) throw new Fault("not_found", `no process ${pid}`);
    return entry;
  }

  has(pid: Pid): boolean {
    return this.#entries.has(pid);
  }

  all(): ProcessEntry[] {
    return [...this.#entries.values()];
  }

  /** Moves a process on. Faults: `bad_state` with the refusal's reason. */
  apply(pid: Pid, event: ProcessEvent): ProcessEntry {
    const entry = this.get(pid);
    const result = transition(entry.state, event);
    if (!result.ok) throw new Fault("bad_state", `process ${pid}: ${result.reason}`);
    return this.#replace({ ...entry, state: result.state });
  }

  /** Notes facts that are not state: the container's id, figures, output counts. */
  note(pid: Pid, facts: Partial<Pick<ProcessEntry, "container" | "usage" | "output" | "class" | "tty">>): ProcessEntry {
    return this.#replace({ ...this.get(pid), ...facts });
  }

  /** Gives a process whose parent has gone to another one. */
  reparent(pid: Pid, parent: Pid): ProcessEntry {
    const entry = this.get(pid);
    if (entry.parent !== null) this.#children.get(entry.parent)?.delete(pid);
    this.#children.set(parent, (this.#children.get(parent) ?? new Set()).add(pid));
    return this.#replace({ ...entry, parent });
  }

  /** The processes directly below one. */
  children(pid: Pid): ProcessEntry[] {
    return [...(this.#children.get(pid) ?? [])].map((child) => this.get(child));
  }

  /** Whether `pid` is below `ancestor`, at any depth. */
  isBelow(pid: Pid, ancestor: Pid): boolean {
    for (let at = this.#entries.get(pid)?.parent; at !== null && at !== undefined; at = this.#entries.get(at)?.parent) {
      if (at === ancestor) return true;
    }
    return false;
  }

  /** A process and everything below it, children before parents. */
  subtree(pid: Pid): ProcessEntry[] {
    const below = [...(this.#children.get(pid) ?? [])].flatMap((child) => this.subtree(child));
    return [...below, this.get(pid)];
  }

  /** Forgets a process that has no children. */
  remove(pid: Pid): void {
    const entry = this.get(pid);
    if ((this.#children.get(pid)?.size ?? 0) > 0) throw new Fault("bad_state", `process ${pid} has children`);
    this.#entries.delete(pid);
    this.#children.delete(pid);
    if (entry.parent !== null) this.#children.get(entry.parent)?.delete(pid);
  }

  /** The live process that another one reaches by a name: of its project, or, without one, of its user. */
  endpoint(from: Pick<ProcessEntry, "project" | "user">, name: string): ProcessEntry | undefined {
    return this.running().find(
      ({ endpoint, project, user }) =>
        endpoint === name && project === from.project && (project !== null || user === from.user),
    );
  }

  /** Containers that live now. */
  running(): ProcessEntry[] {
    return this.all().filter((entry) => entry.kind === "container" && isLive(entry.state));
  }

  #replace(entry: ProcessEntry): ProcessEntry {
    this.#entries.set(entry.pid, entry);
    return entry;
  }
}

/** A process as callers see it. */
export function viewOf(entry: ProcessEntry, projectName: (id: ProjectId) => string): ProcessView {
  return {
    ...entry,
    argv: [...entry.argv],
    project: entry.project === null ? null : { id: entry.project, name: projectName(entry.project) },
    table: entry.table.map(formatCapability),
  };
}
