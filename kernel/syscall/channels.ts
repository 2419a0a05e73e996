import type { KernelTopic, Millis, Pid, ProcessState, ProjectId } from "../abi/index.ts";
import { Queues } from "../ipc/queues.ts";
import { Waits } from "../ipc/queue-waits.ts";
import { type Scope, scopeOf } from "../ipc/topic-scope.ts";
import { type News, Topics } from "../ipc/topics.ts";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import type { ProcessEntry, ProcessTable } from "../process/process-table.ts";
import { isLive } from "../process/transition.ts";
import type { Authority } from "./authority.ts";
import type { Projects } from "./projects.ts";

/**
 * Queues and topics in the kernel: whose they are, what ends them, and what the kernel itself tells.
 *
 * What a process or session waits for, holds unacknowledged or is subscribed to ends with it, and with the right to it,
 * before whoever took the right is told. A queue goes with the project or the user that it belongs to.
 */

export interface ChannelsOptions {
  /** Where queues are kept. */
  dir: string;
  table: ProcessTable;
  lifecycle: Lifecycle;
  projects: Projects;
  authority: Authority;
  /** In whose name the kernel's own events are told. */
  kernel: Pid;
  /** A process begins to wait in calls, or waits in none any more. */
  blocking: (pid: Pid, begins: boolean) => void;
  now: () => Millis;
  log: (message: string, details?: Record<string, unknown>) => void;
}

export class Channels implements AsyncDisposable {
  readonly queues: Queues;
  readonly topics: Topics;
  readonly #options: ChannelsOptions;
  /** What was last told of each process. */
  readonly #phases = new Map<Pid, ProcessState["phase"]>();

  constructor(options: ChannelsOptions) {
    this.#options = options;
    const { dir, table, lifecycle, projects, authority, now, log } = options;
    const waits = new Waits((pid, begins) => {
      if (table.has(pid) && table.get(pid).kind === "container" && isLive(table.get(pid).state))
        options.blocking(pid, begins);
    });
    this.topics = new Topics({ now, waits });
    this.queues = new Queues({
      dir,
      now,
      log,
      waits,
      tell: ({ scope, channel, change, reason }) =>
        this.#tell({ topic: "kernel.channel", scope, channel }, { channel, change, reason }),
    });
    this.queues.retain((scope) => {
      const [kind, id] = scope.split(":");
      return kind !== "project" || projects.ids().some((known) => known === id);
    });
    authority.onTaken((gone) => {
      const holders = gone.flatMap(({ holder, capability }) => (capability.kind === "IPC_RECV" ? [holder] : []));
      this.#recheck(new Set(holders));
    });
    lifecycle.on("changed", (entry) => this.#onProcess(entry));
    lifecycle.on("ended", ({ pid }) => this.#left(pid));
    lifecycle.on("reaped", (pid) => {
      this.#left(pid);
      this.#phases.delete(pid);
      this.#tell(
        { topic: "kernel.process", pid, reaped: true },
        { pid, parent: null, name: "", phase: "reaped", outcome: null },
      );
    });
    projects.on("changed", (project) => this.#onProject(project, "changed"));
    projects.on("removed", (project) => {
      this.#onProject(project, "removed");
      this.#removeScope(scopeOf({ project, user: null }));
    });
  }

  /** A user is no more. */
  removeUser(user: string): void {
    this.#removeScope(scopeOf({ project: null, user }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.queues[Symbol.asyncDispose]();
  }

  #removeScope(scope: Scope): void {
    this.queues.removeScope(scope);
    this.topics.removeScope(scope);
  }

  #recheck(pids: ReadonlySet<Pid>): void {
    this.queues.recheck(pids);
    this.topics.recheck(pids);
  }

  #left(pid: Pid): void {
    this.queues.left(pid);
    this.topics.left(pid);
  }

  #onProcess({ pid, parent, name, state }: ProcessEntry): void {
    if (this.#phases.get(pid) === state.phase) return;
    this.#phases.set(pid, state.phase);
    const outcome = "outcome" in state ? state.outcome : null;
    this.#tell({ topic: "kernel.process", pid, reaped: false }, { pid, parent, name, phase: state.phase, outcome });
  }

  #onProject(project: ProjectId, change: "changed" | "removed"): void {
    this.#tell({ topic: "kernel.project", project }, { project, change });
  }

  #tell(news: News & { topic: KernelTopic }, data: unknown): void {
    this.topics.tell(news, { from: this.#options.kernel, data });
  }
}
