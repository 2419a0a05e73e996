import { Fault, type Millis, type Pid, type Schedulable, type ScheduleResponse } from "../abi/index.ts";
import { quotaOf } from "../capability/covers.ts";
import type { Lifecycle } from "../lifecycle/lifecycle.ts";
import type { ProcessEntry, ProcessTable } from "../process/process-table.ts";
import { isLive } from "../process/transition.ts";
import type { PolicyLink } from "../service/policy-link.ts";
import { availableMemory, idleTime } from "./machine.ts";

/**
 * The mechanism of scheduling: tells policy what there is, and does what policy says.
 *
 * It decides nothing. While policy is away nothing is started, paused or resumed, and the next policy is told of everything
 * as it is then. What has changed between question and answer is left as it is.
 */

/** How often policy is asked at most, whatever happens. */
const leastPauseMs = 20;
/** When policy is asked again after it could not answer. */
const retryMs = 500;

export interface SchedulerOptions {
  lifecycle: Lifecycle;
  table: ProcessTable;
  policy: PolicyLink;
  /** Whether a process's MEM is part of another process's. */
  isPaidFor: (pid: Pid) => boolean;
  machine: { cores: number; memoryBytes: number };
  now: () => Millis;
  log: (message: string, details?: Record<string, unknown>) => void;
}

/** What the scheduler remembers of a process between two snapshots. */
interface Turn {
  cpuMs: number;
  /** How much it had used when its turn began. */
  cpuAtStartMs: number;
  /** When it was resumed last. */
  resumedAt: Millis | undefined;
  /** How often it was started or resumed. */
  turns: number;
  yielded: boolean;
  /** Calls of it that wait for something. */
  blocking: number;
}

export class Scheduler implements Disposable {
  readonly #options: SchedulerOptions;
  readonly #turns = new Map<Pid, Turn>();
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #asking = false;
  #lastAt = 0;
  #lastIdleMs = 0;
  #closed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const { lifecycle } = options;
    lifecycle.on("ended", ({ pid }) => {
      this.#turns.delete(pid);
      this.poke();
    });
    lifecycle.on("queued", () => this.poke());
    lifecycle.on("launched", () => this.poke());
    lifecycle.pool.on("changed", () => this.poke());
  }

  /** Something has changed: policy is asked soon. */
  poke(): void {
    this.#askIn(leastPauseMs);
  }

  /** It gives the rest of its turn away. */
  yielded(pid: Pid): void {
    this.#turn(pid).yielded = true;
    this.poke();
  }

  /** A call of it begins to wait, or has got what it waited for. */
  blocking(pid: Pid, begins: boolean): void {
    if (!this.#options.table.has(pid)) return;
    const turn = this.#turn(pid);
    turn.blocking = Math.max(0, turn.blocking + (begins ? 1 : -1));
    // Only whether it waits at all makes a difference.
    if (turn.blocking <= 1) this.poke();
  }

  /** Runs a call that may wait for long; where a process makes it, it has no use for a CPU meanwhile. */
  async whileBlocked<T>(caller: { kind: string; pid: Pid }, call: () => Promise<T>): Promise<T> {
    if (caller.kind !== "process") return call();
    this.blocking(caller.pid, true);
    try {
      return await call();
    } finally {
      this.blocking(caller.pid, false);
    }
  }

  /** Policy is there again. */
  policyAttends(): void {
    this.#askIn(0);
  }

  /** Remembered while it lives; calls of a process may end after it. */
  #turn(pid: Pid): Turn {
    const { table } = this.#options;
    const known = this.#turns.get(pid) ?? {
      cpuMs: 0,
      cpuAtStartMs: 0,
      resumedAt: undefined,
      turns: 1,
      yielded: false,
      blocking: 0,
    };
    if (table.has(pid) && isLive(table.get(pid).state)) this.#turns.set(pid, known);
    return known;
  }

  #askIn(ms: number): void {
    if (this.#closed) return;
    const at = performance.now() + ms;
    if (at >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = at;
    this.#timer = setTimeout(() => void this.#ask(), ms);
    this.#timer.unref();
  }

  async #ask(): Promise<void> {
    this.#dueAt = Number.POSITIVE_INFINITY;
    // One at a time: whoever comes meanwhile asks right after it.
    if (this.#asking) return this.#askIn(leastPauseMs);
    if (!this.#options.policy.up) return this.#askIn(retryMs);
    this.#asking = true;
    try {
      const { promises } = this.#options.lifecycle.pool;
      const answer = await this.#question();
      await this.#act(answer, promises);
      if (answer.againMs !== null) this.#askIn(answer.againMs);
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== "unavailable")
        this.#options.log("scheduling failed", { error: String(error) });
      this.#askIn(retryMs);
    } finally {
      this.#asking = false;
    }
  }

  async #question(): Promise<ScheduleResponse> {
    const { lifecycle, policy, machine, now } = this.#options;
    const at = now();
    const idleMs = idleTime();
    const processes = this.#schedulable().map((entry) => this.#describe(entry));
    const request = {
      at,
      sinceMs: this.#lastAt === 0 ? 0 : at - this.#lastAt,
      cores: machine.cores,
      idleMs: this.#lastAt === 0 ? 0 : Math.max(0, idleMs - this.#lastIdleMs),
      memory: {
        totalBytes: machine.memoryBytes,
        committedBytes: lifecycle.commitment().committedBytes,
        availableBytes: availableMemory(machine.memoryBytes),
      },
      processes,
      pool: lifecycle.pool.snapshot(),
    };
    this.#lastAt = at;
    this.#lastIdleMs = idleMs;
    return policy.ask("schedule", request);
  }

  /** Containers that wait for their turn, run or are paused; not those that are being made. */
  #schedulable(): ProcessEntry[] {
    const waiting = new Set(this.#options.lifecycle.waiting);
    return this.#options.table
      .running()
      .filter(({ pid, state }) => state.phase === "running" || state.phase === "paused" || waiting.has(pid));
  }

  #describe(entry: ProcessEntry): Schedulable {
    const { pid, state } = entry;
    const { lifecycle, isPaidFor } = this.#options;
    const turn = this.#turn(pid);
    const cpuMs = lifecycle.cpuMs(pid);
    const recentCpuMs = Math.max(0, cpuMs - turn.cpuMs);
    turn.cpuMs = cpuMs;
    // Told once: whoever goes on running has run since.
    const { yielded } = turn;
    turn.yielded = false;
    const waits = state.phase !== "running" && state.phase !== "paused";
    return {
      pid,
      user: entry.user ?? "",
      project: entry.project,
      class: entry.class,
      phase: waits ? "waiting" : state.phase === "paused" ? "paused" : "running",
      since: sinceWhen(entry, turn),
      turns: waits ? 0 : turn.turns,
      blocked: turn.blocking > 0,
      yielded,
      cpuMs,
      turnCpuMs: Math.max(0, cpuMs - turn.cpuAtStartMs),
      recentCpuMs,
      cores: Math.max(quotaOf(entry.table, "CPU") ?? 1000, 1) / 1000,
      memoryBytes: isPaidFor(pid) ? 0 : (quotaOf(entry.table, "MEM") ?? 0),
    };
  }

  async #act({ start, pause, resume, reasons, pool }: ScheduleResponse, promises: number): Promise<void> {
    const { lifecycle, table } = this.#options;
    const there = (pids: readonly Pid[]): Pid[] => pids.filter((pid) => table.has(pid));
    for (const pid of there(start)) lifecycle.start(pid);
    for (const { pid, reason } of reasons) if (table.has(pid)) lifecycle.explain(pid, reason);
    lifecycle.pool.resize(new Map(pool.map(({ shape, count }) => [shape, count])), promises);
    // Whoever is to run goes first: the others may be in the middle of something long.
    await Promise.all(there(resume).map((pid) => this.#turnOf(pid, 1, () => lifecycle.resume(pid))));
    await Promise.all(there(pause).map((pid) => this.#turnOf(pid, 0, () => lifecycle.pause(pid))));
  }

  /** A turn begins (`more` is 1) or ends. */
  async #turnOf(pid: Pid, more: number, act: () => Promise<void>): Promise<void> {
    const turn = this.#turn(pid);
    turn.turns += more;
    turn.cpuAtStartMs = turn.cpuMs;
    turn.resumedAt = this.#options.now();
    turn.yielded = false;
    await act().catch((error: unknown) => this.#options.log("a turn was not changed", { pid, error: String(error) }));
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}

/** Since when a process is in its phase. */
function sinceWhen({ state, createdAt }: ProcessEntry, { resumedAt }: Turn): Millis {
  if (state.phase === "running") return resumedAt ?? state.startedAt;
  return "since" in state ? state.since : createdAt;
}
