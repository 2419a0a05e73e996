import { EventEmitter } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Fault, type Millis, type Outcome, type Pid, type SignalName, toFault } from "../abi/index.ts";
import { quotaOf } from "../capability/covers.ts";
import type { Spool } from "../ipc/spool.ts";
import type { Journal } from "../journal/journal.ts";
import type { NewProcess, ProcessEntry, ProcessTable } from "../process/process-table.ts";
import { isLive, type ProcessEvent } from "../process/transition.ts";
import type { Limits } from "../docker/engine.ts";
import { type Host, LiveProcess } from "./live-process.ts";
import type { SpawnOrder } from "./order.ts";
import { Outputs } from "./outputs.ts";
import { readUsage } from "./usage.ts";

/**
 * The set of processes: spawning, signalling, waiting, reaping, and the record of it all.
 *
 * Every change goes to the table, then to the journal, then to whoever watches. Every process that was added ends
 * with exactly one outcome, also when making it failed half-way.
 */

/** Ended processes that are kept; the oldest beyond it are reaped. */
const keepEnded = 500;
/** How much output of ended processes is kept on disk; the oldest with output go first. */
const keepOutputBytes = 8 * 1024 ** 3;
const sampleMs = 2000;
/** How long the engine may take to end what runs when the kernel stops. */
const closeTimeoutMs = 60_000;

/** Signals that the container's init passes on; the others would act on the init, or on nothing. */
const notForwarded: ReadonlySet<SignalName> = new Set([
  "SIGSTOP",
  "SIGFPE",
  "SIGILL",
  "SIGSEGV",
  "SIGBUS",
  "SIGABRT",
  "SIGTRAP",
  "SIGSYS",
  "SIGTTIN",
  "SIGTTOU",
  "SIGCHLD",
]);

export interface LifecycleOptions extends Host {
  table: ProcessTable;
  journal: Journal;
  now: () => Millis;
  /** Directory of the processes' directories. */
  processesDir: string;
  spoolDir: string;
}

interface LifecycleEvents {
  changed: [entry: ProcessEntry];
  /** A container has ended; its last output is taken. */
  ended: [entry: ProcessEntry];
  reaped: [pid: Pid];
}

export class Lifecycle extends EventEmitter<LifecycleEvents> {
  readonly #options: LifecycleOptions;
  readonly #live = new Map<Pid, LiveProcess>();
  readonly #outputs: Outputs;
  readonly #ends = new Map<Pid, PromiseWithResolvers<Outcome>>();
  readonly #cleaning = new Set<Promise<void>>();
  readonly #sampler: NodeJS.Timeout;
  #stopping = false;

  constructor(options: LifecycleOptions) {
    super();
    this.setMaxListeners(0);
    this.#options = options;
    this.#outputs = new Outputs(options.spoolDir);
    this.#sampler = setInterval(() => void this.#sample(), sampleMs);
  }

  /** Adds a process that is not a container: the kernel itself, a service, a session, a project's root. */
  addNode(node: Omit<NewProcess, "pid" | "createdAt" | "state">, pid?: Pid): ProcessEntry {
    const now = this.#options.now();
    const entry = this.#options.table.add({
      ...node,
      pid: pid ?? this.#options.journal.nextPid(),
      createdAt: now,
      state: { phase: "running", startedAt: now },
    });
    this.#record(entry);
    return entry;
  }

  /** Ends a node that is not a container and forgets it. Its children must be gone. */
  removeNode(pid: Pid): void {
    this.#options.table.remove(pid);
    this.#options.journal.forget(pid);
    this.emit("reaped", pid);
  }

  /** Spawns and returns once the program runs. Faults: what making it refused; the process has then ended as a fault. */
  async spawn(order: SpawnOrder): Promise<ProcessEntry> {
    if (this.#stopping) throw new Fault("unavailable", "the kernel is stopping");
    this.#options.monitor.requireUp("spawn");
    const { table, now, processesDir } = this.#options;
    const { pid } = order;
    this.#requireParent(order.parent);
    this.#record(
      table.add({
        pid,
        parent: order.parent,
        kind: "container",
        name: order.endpoint ?? order.argv[0] ?? "",
        project: order.project?.id ?? null,
        runtime: order.runtime.name,
        argv: order.argv,
        cwd: order.cwd,
        table: order.table,
        createdAt: now(),
        startedBy: order.startedBy,
        user: order.user,
        endpoint: order.endpoint,
        state: { phase: "embryo", since: now() },
      }),
    );
    this.#ends.set(pid, Promise.withResolvers());
    // From here on a signal finds it, however little of it there is.
    const live = new LiveProcess(this.#options, order, {
      dir: join(processesDir, String(pid)),
      openSpool: () => this.#outputs.create(pid, order.table, order.lossless),
    });
    this.#live.set(pid, live);
    try {
      await live.prepare();
      this.#record(table.note(pid, { container: live.container ?? null }));
      this.#apply(pid, { type: "gate_ready", at: now() });
      await live.launch();
    } catch (error) {
      await this.#fail(live, toFault(error));
      throw error;
    }
    const entry = this.#apply(pid, { type: "launched", at: now() });
    void this.#supervise(live);
    return entry;
  }

  /** Whoever kills a process kills what is below it: what is about to end gets no more children. */
  #requireParent(parent: Pid): void {
    const { table } = this.#options;
    const entry = table.get(parent);
    if (entry.kind !== "container") return;
    if (this.#live.get(parent)?.ending !== false) throw new Fault("bad_state", `process ${parent} is about to end`);
  }

  async #fail(live: LiveProcess, fault: Fault): Promise<void> {
    const { code, message, cause } = fault;
    this.#options.log("a spawn failed", { pid: live.pid, code, message, cause: String(cause) });
    await live.discard();
    const killed = live.killedBy;
    this.#finish(
      live,
      live.endedFor ?? (killed === undefined ? { kind: "fault", code, message } : { kind: "killed", ...killed }),
    );
  }

  async #supervise(live: LiveProcess): Promise<void> {
    this.#finish(live, await live.ended());
  }

  #finish(live: LiveProcess, outcome: Outcome): void {
    const { pid } = live;
    this.#live.delete(pid);
    this.#recordEnd(pid, outcome);
    const cleaning = live
      .cleanUp()
      .catch((error: unknown) => this.#options.log("a process was not cleaned up", { pid, error: String(error) }))
      .finally(() => this.#cleaning.delete(cleaning));
    this.#cleaning.add(cleaning);
    void this.#reapOldest();
  }

  /** An ended process's children go on below the nearest ancestor that does. */
  #recordEnd(pid: Pid, outcome: Outcome): void {
    const { table, now } = this.#options;
    table.note(pid, { container: null, output: this.#outputs.written(pid) ?? { stdoutBytes: 0, stderrBytes: 0 } });
    const entry = this.#apply(pid, { type: "ended", at: now(), outcome });
    for (const child of table.children(pid)) if (entry.parent !== null) this.adopt(child.pid, entry.parent);
    this.emit("ended", entry);
    this.#ends.get(pid)?.resolve(outcome);
    this.#ends.delete(pid);
  }

  /** Gives a process another parent. */
  adopt(pid: Pid, parent: Pid): void {
    this.#record(this.#options.table.reparent(pid, parent));
  }

  /** Ends a container because a right was taken that it cannot run without. One that has ended is left alone. */
  async revoke(pid: Pid, capability: string): Promise<void> {
    await this.#live.get(pid)?.end({ kind: "revoked", capability });
  }

  /** Sets what a running container has of the quotas that it can hand on. Faults: `exhausted` when it uses more. */
  async resize(pid: Pid, limits: Limits): Promise<void> {
    await this.#live.get(pid)?.resize(limits);
  }

  /** Starts the relay in a running container for sockets that it was given since. */
  async relay(pid: Pid, args: readonly string[]): Promise<void> {
    await this.#live.get(pid)?.relay(args);
  }

  /**
   * Sends a signal. SIGKILL ends the whole subtree; other signals go to the one container.
   * Faults: `not_found`, `bad_state` when it does not run, `unsupported` for signals that cannot be passed on.
   */
  async signal(pid: Pid, signal: SignalName, by: Pid): Promise<void> {
    const entry = this.#options.table.get(pid);
    if (signal === "SIGKILL") return this.#killSubtree(entry, by);
    if (notForwarded.has(signal)) {
      throw new Fault("unsupported", `${signal} cannot be passed into a container`, { hint: "SIGKILL always works." });
    }
    const live = this.#live.get(pid);
    if (live === undefined || entry.state.phase !== "running") {
      throw new Fault("bad_state", `process ${pid} does not run`);
    }
    this.#options.monitor.requireUp("signal");
    await live.signal(signal, by);
  }

  async #killSubtree(top: ProcessEntry, by: Pid): Promise<void> {
    if (top.kind === "container" && !isLive(top.state)) throw new Fault("bad_state", `process ${top.pid} has ended`);
    this.#options.monitor.requireUp("signal");
    const victims = this.#options.table
      .subtree(top.pid)
      .filter((entry) => entry.kind === "container" && isLive(entry.state));
    await Promise.all(
      victims.map(async ({ pid }) => {
        await this.#live.get(pid)?.signal("SIGKILL", by);
      }),
    );
  }

  /** Resolves with the outcome, or with `null` when `signal` aborts first. Faults: `bad_state` for what never ends. */
  async wait(pid: Pid, signal: AbortSignal): Promise<Outcome | null> {
    const { state, kind } = this.#options.table.get(pid);
    if (state.phase === "exited" || state.phase === "reaped") return state.outcome;
    const end = this.#ends.get(pid);
    if (end === undefined) throw new Fault("bad_state", `process ${pid} is a ${kind} and has no end to wait for`);
    if (signal.aborted) return null;
    const { promise, resolve } = Promise.withResolvers<null>();
    const giveUp = (): void => resolve(null);
    signal.addEventListener("abort", giveUp);
    try {
      return await Promise.race([end.promise, promise]);
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** Forgets an ended process with its output. Faults: `bad_state` while it lives, or has children. */
  async reap(pid: Pid): Promise<Outcome> {
    const { table, journal } = this.#options;
    const entry = table.get(pid);
    if (entry.kind !== "container") throw new Fault("bad_state", `process ${pid} is a ${entry.kind}`);
    if (entry.state.phase !== "exited") throw new Fault("bad_state", `process ${pid} has not ended`);
    const { outcome } = entry.state;
    const spool = await this.#outputs.get(entry);
    if (!table.has(pid)) throw new Fault("not_found", `no process ${pid}`);
    table.apply(pid, { type: "reaped" });
    table.remove(pid);
    journal.forget(pid);
    this.#outputs.forget(pid);
    this.emit("reaped", pid);
    await spool.remove();
    return outcome;
  }

  /** The output of a container that lives or is remembered. */
  async spool(pid: Pid): Promise<Spool> {
    const spool = await this.#outputs.get(this.#options.table.get(pid));
    if (this.#options.table.has(pid)) return spool;
    // It was reaped while its output was looked for.
    this.#outputs.forget(pid);
    throw new Fault("not_found", `no process ${pid}`);
  }

  /** A process as it is now, with how much it has written. */
  current(pid: Pid): ProcessEntry {
    const entry = this.#options.table.get(pid);
    const output = isLive(entry.state) ? this.#outputs.written(pid) : undefined;
    return output === undefined ? entry : { ...entry, output };
  }

  /** Tells whoever watches to look at a process again. */
  touch(pid: Pid): void {
    if (this.#options.table.has(pid)) this.emit("changed", this.current(pid));
  }

  /** The input of a running program. Faults: `bad_state` when it does not run or was started without one. */
  stdin(pid: Pid): NonNullable<LiveProcess["stdin"]> {
    const entry = this.#options.table.get(pid);
    const stdin = this.#live.get(pid)?.stdin;
    if (entry.state.phase !== "running") throw new Fault("bad_state", `process ${pid} does not run`);
    if (stdin === undefined) throw new Fault("bad_state", `process ${pid} was started without stdin`);
    if (stdin.writableEnded || stdin.destroyed) throw new Fault("bad_state", `the stdin of process ${pid} is closed`);
    return stdin;
  }

  /** Takes over what an earlier kernel left: its ended processes stay, those that ran are recorded as cut off. */
  async recover(known: readonly ProcessEntry[]): Promise<void> {
    const { table, journal, engine, instance, now, log } = this.#options;
    const left = await engine.ofInstance(instance);
    await Promise.all(left.map(({ id }) => engine.remove(id)));
    if (left.length > 0) log("containers of an earlier kernel were removed", { count: left.length });
    for (const entry of known) {
      if (table.has(entry.pid)) continue;
      if (entry.kind !== "container" || (entry.parent !== null && !table.has(entry.parent))) {
        journal.forget(entry.pid);
        continue;
      }
      table.add(entry);
      table.note(entry.pid, { container: null, usage: entry.usage, output: entry.output });
      if (!isLive(entry.state)) continue;
      const message = "the kernel stopped while the process ran";
      this.#apply(entry.pid, { type: "ended", at: now(), outcome: { kind: "fault", code: "unavailable", message } });
    }
  }

  /** Removes containers of this instance that no process owns: those whose creation was cut off by the engine's end. */
  async sweep(): Promise<void> {
    const { engine, instance } = this.#options;
    const strays = (await engine.ofInstance(instance)).filter(({ pid }) => !this.#live.has(pid));
    await Promise.all(strays.map(({ id }) => engine.remove(id)));
  }

  /** Ends everything and gives everything back. What an engine that is away still runs is left to the next kernel. */
  async close(by: Pid): Promise<void> {
    const { monitor, log } = this.#options;
    this.#stopping = true;
    clearInterval(this.#sampler);
    const ends = [...this.#ends.values()].map((end) => end.promise);
    const ended = Promise.all(ends).then(() => Promise.all(this.#cleaning));
    if (await monitor.check())
      for (const live of this.#live.values()) live.signal("SIGKILL", by).catch(() => undefined);
    else monitor.close();
    const late = sleep(closeTimeoutMs, "late" as const, { ref: false });
    if ((await Promise.race([ended, late])) === "late")
      log("not every process could be ended", { left: this.#live.size });
  }

  #apply(pid: Pid, event: ProcessEvent): ProcessEntry {
    return this.#record(this.#options.table.apply(pid, event));
  }

  #record(entry: ProcessEntry): ProcessEntry {
    this.#options.journal.put(entry);
    this.emit("changed", entry);
    return entry;
  }

  async #sample(): Promise<void> {
    await this.#outputs
      .measure()
      .catch((error: unknown) => this.#options.log("the disk could not be measured", { error: String(error) }));
    for (const live of this.#live.values()) {
      if (live.cgroup === undefined) continue;
      const usage = await readUsage(live.cgroup, this.#options.now());
      if (usage === undefined || !this.#live.has(live.pid)) continue;
      this.#options.table.note(live.pid, { usage });
      this.emit("changed", this.current(live.pid));
    }
  }

  async #reapOldest(): Promise<void> {
    const ended = this.#options.table.all().filter((entry) => entry.state.phase === "exited");
    let bytes = ended.reduce((sum, entry) => sum + keptBytes(entry), 0);
    for (const [index, entry] of ended.entries()) {
      if (ended.length - index <= keepEnded && bytes <= keepOutputBytes) break;
      bytes -= keptBytes(entry);
      await this.reap(entry.pid).catch((error: unknown) =>
        this.#options.log("reaping failed", { error: String(error) }),
      );
    }
  }
}

/** What the output of an ended process takes on disk: at most its quota. */
function keptBytes({ output, table }: ProcessEntry): number {
  return Math.min(output.stdoutBytes + output.stderrBytes, quotaOf(table, "OUT") ?? 0);
}
