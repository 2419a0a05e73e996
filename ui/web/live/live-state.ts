import type { KernelEvent, Pid, ProcessView, ProjectId, ProjectView, Status } from "../../../kernel/abi/index.ts";

/**
 * The kernel's state as its events tell it: processes by pid, projects by id, the status. Pure.
 *
 * A connection starts with the present state (processes, projects, then the status) and goes on with changes. What
 * an earlier connection told and this one does not repeat is gone: it is dropped when the status arrives.
 */
export interface LiveSnapshot {
  /** Whether the present state has arrived whole since the last connection. */
  complete: boolean;
  processes: ReadonlyMap<Pid, ProcessView>;
  projects: ReadonlyMap<ProjectId, ProjectView>;
  status: Status | null;
}

export const emptySnapshot: LiveSnapshot = { complete: false, processes: new Map(), projects: new Map(), status: null };

export class LiveState {
  readonly #processes = new Map<Pid, ProcessView>();
  readonly #projects = new Map<ProjectId, ProjectView>();
  #status: Status | null = null;
  #complete = false;
  #unconfirmedProcesses = new Set<Pid>();
  #unconfirmedProjects = new Set<ProjectId>();

  /** A connection begins: what is known stays on the screen until the new one confirms or drops it. */
  connected(): void {
    this.#complete = false;
    this.#unconfirmedProcesses = new Set(this.#processes.keys());
    this.#unconfirmedProjects = new Set(this.#projects.keys());
  }

  apply(event: KernelEvent): void {
    switch (event.type) {
      case "process":
        this.#processes.set(event.process.pid, event.process);
        this.#unconfirmedProcesses.delete(event.process.pid);
        return;
      case "reaped":
        this.#processes.delete(event.pid);
        return;
      case "project":
        this.#projects.set(event.project.id, event.project);
        this.#unconfirmedProjects.delete(event.project.id);
        return;
      case "project_removed":
        this.#projects.delete(event.id);
        return;
      case "status":
        this.#status = event.status;
        this.#dropUnconfirmed();
        return;
      case "session_closed":
        return;
      default:
        event satisfies never;
    }
  }

  snapshot(): LiveSnapshot {
    return {
      complete: this.#complete,
      processes: new Map(this.#processes),
      projects: new Map(this.#projects),
      status: this.#status,
    };
  }

  #dropUnconfirmed(): void {
    this.#complete = true;
    for (const pid of this.#unconfirmedProcesses) this.#processes.delete(pid);
    for (const id of this.#unconfirmedProjects) this.#projects.delete(id);
    this.#unconfirmedProcesses.clear();
    this.#unconfirmedProjects.clear();
  }
}
