import { EventEmitter } from "node:events";
import type { Readable } from "node:stream";
import {
  type CapabilityTable,
  Fault,
  formatCapability,
  type Pid,
  type ProjectId,
  type ProjectView,
} from "../abi/index.ts";
import type { Beneath } from "../fs/beneath.ts";
import type { ProjectRecord } from "../fs/project-record.ts";
import type { ProjectStore } from "../fs/project-store.ts";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import type { ProcessEntry, ProcessTable } from "../process/process-table.ts";
import { isLive } from "../process/transition.ts";
import type { SlotTable } from "../capability/slot-table.ts";
import type { SessionRecord } from "./principal.ts";

/** What ended, or was reaped, before it could be asked to. */
function unlessEnded(error: unknown): void {
  if (!(error instanceof Fault) || (error.code !== "bad_state" && error.code !== "not_found")) throw error;
}

/**
 * Projects as the kernel sees them: files on disk, and one root in the process table that holds the project's table.
 *
 * What is on disk decides which projects exist; the root follows it. A project that is being removed takes no spawns.
 */

export interface ProjectsOptions {
  store: ProjectStore;
  lifecycle: Lifecycle;
  table: ProcessTable;
  slots: SlotTable;
  /** The kernel's own pid, parent of every root. */
  kernel: Pid;
  /** The whole table that a root holds. */
  rootTable: CapabilityTable;
  freshOwner: () => number;
}

interface ProjectEvents {
  changed: [id: ProjectId];
  removed: [id: ProjectId];
}

export class Projects extends EventEmitter<ProjectEvents> {
  readonly #options: ProjectsOptions;
  readonly #roots = new Map<ProjectId, Pid>();
  readonly #removing = new Set<ProjectId>();
  /** Parent of processes without a project. */
  readonly scratchRoot: Pid;

  /** `known` are the roots that an earlier kernel recorded; those of projects that still exist keep their pid. */
  constructor(options: ProjectsOptions, known: readonly ProcessEntry[]) {
    super();
    this.setMaxListeners(0);
    this.#options = options;
    const roots = known.filter((entry) => entry.kind === "root");
    this.scratchRoot = this.#addRoot(null, "scratch", roots.find((entry) => entry.project === null)?.pid);
    for (const { id, name } of options.store.list()) {
      this.#roots.set(id, this.#addRoot(id, name, roots.find((entry) => entry.project === id)?.pid));
    }
  }

  #addRoot(project: ProjectId | null, name: string, pid: Pid | undefined): Pid {
    const { lifecycle, kernel, rootTable, slots } = this.#options;
    const node = {
      parent: kernel,
      kind: "root" as const,
      name,
      project,
      runtime: null,
      image: null,
      argv: [],
      cwd: null,
    };
    const own = {
      table: rootTable,
      startedBy: null,
      user: null,
      endpoint: null,
      class: "foreground",
      tty: null,
    } as const;
    const root = lifecycle.addNode({ ...node, ...own }, pid).pid;
    // An earlier kernel's root holds what it held, as far as it still would.
    const texts = new Set(rootTable.map(formatCapability));
    for (const { id, capability } of slots.held(root)) if (!texts.has(formatCapability(capability))) slots.revoke(id);
    const held = new Set(slots.held(root).map(({ capability }) => formatCapability(capability)));
    for (const capability of rootTable) if (!held.has(formatCapability(capability))) slots.mint(root, capability);
    return root;
  }

  /** A project that the session may see. Faults: `not_found` for others, whether they exist or not. */
  visible(session: SessionRecord, id: ProjectId): ProjectRecord {
    if (!session.projects.has(id) || this.#removing.has(id)) throw new Fault("not_found", `there is no project ${id}`);
    return this.#options.store.get(id);
  }

  list(session: SessionRecord): ProjectRecord[] {
    return this.#options.store.list().filter(({ id }) => session.projects.has(id) && !this.#removing.has(id));
  }

  rootOf(id: ProjectId): Pid {
    const root = this.#roots.get(id);
    if (root === undefined) throw new Fault("not_found", `there is no project ${id}`);
    return root;
  }

  /** Every project, whoever sees it. */
  ids(): ProjectId[] {
    return this.#options.store.list().map(({ id }) => id);
  }

  has(id: ProjectId): boolean {
    return this.#roots.has(id);
  }

  /** The record of a project that takes spawns. Faults: `not_found`. */
  record(id: ProjectId): ProjectRecord {
    if (this.#removing.has(id)) throw new Fault("not_found", `there is no project ${id}`);
    return this.#options.store.get(id);
  }

  /** The root below which a principal acts. */
  rootFor(project: ProjectId | null): Pid {
    return project === null ? this.scratchRoot : this.rootOf(project);
  }

  change(id: ProjectId, changes: Pick<ProjectRecord, "engineRuntime">): void {
    this.#options.store.change(id, changes);
    this.emit("changed", id);
  }

  filesDir(id: ProjectId): string {
    return this.#options.store.filesDir(id);
  }

  beneath(id: ProjectId): Beneath {
    return this.#options.store.beneath(id);
  }

  nameOf(id: ProjectId): string {
    return this.#options.store.list().find((record) => record.id === id)?.name ?? "(removed)";
  }

  async view(id: ProjectId): Promise<ProjectView> {
    const { name, createdAt, engineRuntime } = this.#options.store.get(id);
    return { id, name, createdAt, engineRuntime, root: this.rootOf(id), ...(await this.#options.store.usage(id)) };
  }

  async import(name: string, archive: Readable): Promise<ProjectId> {
    const record = await this.#options.store.create(name, this.#options.freshOwner(), archive);
    this.#roots.set(record.id, this.#addRoot(record.id, record.name, undefined));
    return record.id;
  }

  /** Ends the project's processes, forgets them, and removes the files. Faults: `not_found`. */
  async remove(id: ProjectId, by: Pid): Promise<void> {
    const { lifecycle, table, store, slots } = this.#options;
    const root = this.rootOf(id);
    if (this.#removing.has(id)) throw new Fault("not_found", `there is no project ${id}`);
    this.#removing.add(id);
    try {
      // Those that are tied to a session are not below the root.
      const containers = (): ProcessEntry[] =>
        table.all().filter(({ kind, project }) => kind === "container" && project === id);
      const alive = containers().filter(({ state }) => isLive(state));
      await Promise.all(alive.map(({ pid }) => lifecycle.signal(pid, "SIGKILL", by).catch(unlessEnded)));
      for (const { pid } of alive) await lifecycle.wait(pid, new AbortController().signal).catch(unlessEnded);
      for (const { pid } of containers()) await lifecycle.reap(pid).catch(unlessEnded);
      try {
        await store.remove(id);
      } finally {
        if (!this.ids().includes(id)) {
          slots.release(root);
          lifecycle.removeNode(root);
          this.#roots.delete(id);
          this.emit("removed", id);
        }
      }
    } finally {
      this.#removing.delete(id);
    }
  }

  /** A file of the project changed by a shell: whoever watches should look again. */
  touched(id: ProjectId): void {
    this.emit("changed", id);
  }
}
