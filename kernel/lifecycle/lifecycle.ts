import { EventEmitter } from "node:events";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  Fault,
  type Millis,
  type Outcome,
  type Pid,
  type ProcessClass,
  type ProjectId,
  type SignalName,
  type TerminalSize,
  toFault,
  type Usage,
} from "../abi/index.ts";
import { quotaOf } from "../capability/covers.ts";
import type { SpoolView } from "../ipc/spool-view.ts";
import type { Journal } from "../journal/journal.ts";
import { type Life, newLife } from "../journal/life.ts";
import type { NewProcess, ProcessEntry, ProcessTable } from "../process/process-table.ts";
import { isLive, type ProcessEvent } from "../process/transition.ts";
import { engineMark } from "../docker/engine-mark.ts";
import type { Limits } from "../docker/engine.ts";
import { type Host, LiveProcess } from "./live-process.ts";
import { Box } from "./box.ts";
import type { SpawnOrder } from "./order.ts";
import { Outputs } from "./outputs.ts";
import { Pool } from "./pool.ts";
import type { ProgramInput } from "./program-input.ts";
import type { CgroupFiles } from "./cgroup.ts";
import { inOrder, lostOutcome } from "./recovery.ts";
import { readCpuMs } from "./usage.ts";
import { Waiting } from "./waiting.ts";

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
/** How often it is looked how much room the disk has. */
const measureMs = 2000;
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
  spoolDir: string;
  /** Chooses a user id for an embryo without a project. */
  freshOwner: () => number;
  /** Whether a process's MEM is part of another process's. */
  isPaidFor: (pid: Pid) => boolean;
  /** Memory that is promised to what is no process. */
  otherBytes: () => number;
  /** Where a project's files are. */
  filesDir: (project: ProjectId) => string;
  /** The parent of a process whose own is no more; `undefined` where it has no place any more. */
  orphanage: (entry: ProcessEntry) => Pid | undefined;
}

interface LifecycleEvents {
  changed: [entry: ProcessEntry];
  /** A process waits for its turn. */
  queued: [pid: Pid];
  launched: [pid: Pid];
  /** A container has ended; its last output is taken. */
  ended: [entry: ProcessEntry];
  reaped: [pid: Pid];
}

/** A process that is being made. */
interface Planned {
  readonly pid: Pid;
  readonly order: SpawnOrder;
  readonly live: LiveProcess;
}

export class Lifecycle extends EventEmitter<LifecycleEvents> {
  readonly #options: LifecycleOptions;
  readonly #live = new Map<Pid, LiveProcess>();
  readonly #waiting = new Waiting<Planned>();
  readonly pool: Pool;
  readonly #outputs: Outputs;
  readonly #ends = new Map<Pid, PromiseWithResolvers<Outcome>>();
  readonly #cleaning = new Set<Promise<void>>();
  readonly #sampler: NodeJS.Timeout;
  #stopping = false;

  constructor(options: LifecycleOptions) {
    super();
    this.setMaxListeners(0);
    this.#options = options;
    this.#outputs = new Outputs(options.spoolDir, options.spooler);
    const nextPid = (): Pid => options.journal.nextPid();
    const { freshOwner, now } = options;
    this.pool = new Pool({ host: options, nextPid, freshOwner, now });
    this.#sampler = setInterval(() => {
      this.#outputs
        .measure()
        .catch((error: unknown) => options.log("the disk could not be measured", { error: String(error) }));
    }, measureMs);
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

  /**
   * Spawns and returns once the program runs, or once it waits for its turn. Faults: what making it refused; the process
   * has then ended as a fault.
   */
  async spawn(order: SpawnOrder): Promise<ProcessEntry> {
    await this.spawnAll([order]);
    return this.#options.table.get(order.pid);
  }

  /** Spawns processes of which none runs before all can. */
  async spawnAll(orders: readonly SpawnOrder[]): Promise<void> {
    const group: Planned[] = [];
    try {
      for (const order of orders) group.push({ pid: order.pid, order, live: this.#add(order) });
    } catch (error) {
      await Promise.all(group.map(({ live }) => this.#fail(live, toFault(error))));
      throw error;
    }
    const reason = orders.find(({ waitsFor }) => waitsFor !== null)?.waitsFor ?? null;
    if (reason === null) return this.#begin(group);
    this.#waiting.add(group);
    for (const { pid } of orders) {
      this.#apply(pid, { type: "queued", at: this.#options.now(), reason });
      this.emit("queued", pid);
    }
  }

  #add(order: SpawnOrder): LiveProcess {
    if (this.#stopping) throw new Fault("unavailable", "the kernel is stopping");
    this.#options.monitor.requireUp("spawn");
    const { table, now, journal } = this.#options;
    const { pid } = order;
    this.#requireParent(order.parent);
    this.#record(
      table.add({
        pid,
        parent: order.parent,
        kind: "container",
        name: order.endpoint ?? order.argv[0] ?? "",
        project: order.project?.id ?? null,
        runtime: order.runtime,
        image: order.reference,
        argv: order.argv,
        cwd: order.cwd,
        table: order.table,
        createdAt: now(),
        startedBy: order.startedBy,
        user: order.user,
        endpoint: order.endpoint,
        class: order.class,
        tty: order.tty,
        state: { phase: "embryo", since: now() },
      }),
    );
    this.#ends.set(pid, Promise.withResolvers());
    // From here on a signal finds it, however little of it there is.
    const live = new LiveProcess(this.#options, order, {
      output: this.#outputs.sink(order),
      keep: (life) => journal.putLife(pid, life),
      used: (usage) => this.#used(pid, usage),
      life: newLife(order.stdin),
    });
    this.#live.set(pid, live);
    journal.putLife(pid, newLife(order.stdin));
    return live;
  }

  async #begin(group: readonly Planned[]): Promise<void> {
    const { now } = this.#options;
    try {
      await all(group.map((planned) => this.#prepare(planned)));
      await all(group.map(({ order, live }) => live.launch(order)));
    } catch (error) {
      await Promise.all(group.map(({ live }) => this.#fail(live, toFault(error))));
      throw error;
    } finally {
      for (const { order } of group) letGo(order);
    }
    for (const { live } of group) {
      this.#apply(live.pid, { type: "launched", at: now() });
      this.emit("launched", live.pid);
      void this.#supervise(live);
    }
  }

  async #prepare({ order, live }: Planned): Promise<void> {
    const { table, now } = this.#options;
    const { pid, embryo } = order;
    // It may have waited for long, and the engine have ended it meanwhile.
    const lost = embryo?.ended === true;
    if (lost) await embryo.discard();
    await live.prepare(lost ? { ...order, embryo: undefined } : order);
    table.note(pid, { container: live.container ?? null });
    if (table.get(pid).state.phase === "embryo") this.#apply(pid, { type: "gate_ready", at: now() });
    else this.#record(table.get(pid));
  }

  /** Starts what waits. Whoever spawned it has been answered: what goes wrong is its outcome. */
  start(pid: Pid): void {
    const group = this.#waiting.due(pid);
    // What goes wrong has been recorded.
    if (group !== undefined) this.#begin(group).catch(() => undefined);
  }

  /** What waits has no container whose end would tell of it; what was to start with it does not start either. */
  #endWaiting(pid: Pid, outcome: Outcome): void {
    const message = `process ${pid}, with which it was to start, ended before`;
    for (const { order, live } of this.#waiting.take(pid) ?? []) {
      letGo(order);
      const other: Outcome = live.endedFor ?? killedOutcome(live) ?? { kind: "fault", code: "bad_state", message };
      this.#finish(live, order.pid === pid ? outcome : other);
      if (order.embryo !== undefined) this.#clean(order.pid, order.embryo.discard());
    }
  }

  /** Says why a process still waits. */
  explain(pid: Pid, reason: string): void {
    if (!this.#waiting.has(pid)) return;
    const { state } = this.#options.table.get(pid);
    if (state.phase !== "ready" || state.reason === reason) return;
    this.#apply(pid, { type: "queued", at: state.since, reason });
  }

  get waiting(): Pid[] {
    return this.#waiting.pids;
  }

  /** What is promised to processes that have started, to embryos and to segments, each byte counted once. */
  commitment(): { committedBytes: number; running: number } {
    const { table, isPaidFor, otherBytes } = this.#options;
    const started = table.running().filter(({ pid }) => !this.#waiting.has(pid));
    const own = started.filter(({ pid }) => !isPaidFor(pid));
    const committed = own.reduce((sum, entry) => sum + (quotaOf(entry.table, "MEM") ?? 0), 0);
    return { committedBytes: committed + this.pool.committedBytes + otherBytes(), running: started.length };
  }

  /** The CPU time of a live process so far, in milliseconds. */
  cpuMs(pid: Pid): number {
    const cgroup = this.#live.get(pid)?.cgroup;
    return cgroup === undefined ? 0 : (readCpuMs(cgroup) ?? 0);
  }

  /** Sets what a process is run as, also while it runs. */
  async setClass(pid: Pid, to: ProcessClass): Promise<void> {
    this.#record(this.#options.table.note(pid, { class: to }));
    await this.#live.get(pid)?.weigh(to);
  }

  /** The cgroup of a live process, once it has one. */
  cgroup(pid: Pid): CgroupFiles | undefined {
    return this.#live.get(pid)?.cgroup;
  }

  /** Stops a running process until it is resumed. Faults: `unsupported` where the kernel may not stop it. */
  async pause(pid: Pid): Promise<void> {
    await this.#live.get(pid)?.pause();
    this.#turned(pid, { type: "paused", at: this.#options.now() });
  }

  async resume(pid: Pid): Promise<void> {
    await this.#live.get(pid)?.resume();
    this.#turned(pid, { type: "resumed" });
  }

  /** Nothing of this is written down. */
  #turned(pid: Pid, event: ProcessEvent): void {
    const { table } = this.#options;
    const from = event.type === "paused" ? "running" : "paused";
    // It may have ended, or been reaped, meanwhile.
    if (table.has(pid) && table.get(pid).state.phase === from) this.emit("changed", table.apply(pid, event));
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
    this.#finish(live, live.endedFor ?? killedOutcome(live) ?? { kind: "fault", code, message });
  }

  async #supervise(live: LiveProcess): Promise<void> {
    this.#finish(live, await live.ended());
  }

  #finish(live: LiveProcess, outcome: Outcome): void {
    const { pid } = live;
    this.#live.delete(pid);
    this.#recordEnd(pid, outcome);
    this.#clean(pid, live.cleanUp());
    void this.#reapOldest();
  }

  /** Whoever closes waits for it. */
  #clean(pid: Pid, work: Promise<void>): void {
    const cleaning = work
      .catch((error: unknown) => this.#options.log("a process was not cleaned up", { pid, error: String(error) }))
      .finally(() => this.#cleaning.delete(cleaning));
    this.#cleaning.add(cleaning);
  }

  /** An ended process's children go on below the nearest ancestor that does. */
  #recordEnd(pid: Pid, outcome: Outcome): void {
    const { table, now } = this.#options;
    table.note(pid, { container: null, output: this.#outputs.written(pid) ?? { stdoutBytes: 0, stderrBytes: 0 } });
    const entry = this.#apply(pid, { type: "ended", at: now(), outcome });
    for (const child of table.children(pid)) if (entry.parent !== null) this.adopt(child.pid, entry.parent);
    this.#outputs
      .ended(entry)
      .catch((error: unknown) =>
        this.#options.log("the output of an ended process was not found", { pid, error: String(error) }),
      );
    this.emit("ended", entry);
    this.#ends.get(pid)?.resolve(outcome);
    this.#ends.delete(pid);
    this.#options.journal.endLife(pid);
  }

  /** Gives a process another parent. */
  adopt(pid: Pid, parent: Pid): void {
    this.#record(this.#options.table.reparent(pid, parent));
  }

  /** Ends a container because a right was taken that it cannot run without. One that has ended is left alone. */
  async revoke(pid: Pid, capability: string): Promise<void> {
    const live = this.#live.get(pid);
    if (live === undefined) return;
    await live.end({ kind: "revoked", capability });
    this.#endWaiting(pid, { kind: "revoked", capability });
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
    if (live === undefined || (entry.state.phase !== "running" && entry.state.phase !== "paused")) {
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
        const live = this.#live.get(pid);
        await live?.signal("SIGKILL", by);
        this.#endWaiting(pid, { kind: "killed", by, signal: "SIGKILL" });
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
  async spool(pid: Pid): Promise<SpoolView> {
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
  input(pid: Pid): ProgramInput {
    const { state } = this.#options.table.get(pid);
    const live = this.#live.get(pid);
    if (live === undefined || (state.phase !== "running" && state.phase !== "paused"))
      throw new Fault("bad_state", `process ${pid} does not run`);
    if (live.input === undefined) throw new Fault("bad_state", `process ${pid} was started without stdin`);
    if (!live.input.open) throw new Fault("bad_state", `the stdin of process ${pid} is closed`);
    return live.input;
  }

  /** Faults: `bad_state` for a process without a terminal. */
  async resizeTerminal(pid: Pid, size: TerminalSize): Promise<void> {
    const live = this.#live.get(pid);
    if (live === undefined) throw new Fault("bad_state", `process ${pid} does not run`);
    await live.resizeTerminal(size);
    this.#record(this.#options.table.note(pid, { tty: size }));
  }

  /**
   * Takes over what an earlier kernel left: processes that it launched go on, or end with the outcome that they had; what
   * it had not launched ends as a fault. Call when processes can be served.
   */
  async recover(known: readonly ProcessEntry[]): Promise<void> {
    const { table, journal, log } = this.#options;
    // Their pids are given out; nothing else is in the table yet but the system's own.
    for (const entry of inOrder(known, (pid) => table.has(pid), this.#options.orphanage)) {
      table.add(entry);
      table.note(entry.pid, { container: entry.container, usage: entry.usage, output: entry.output });
    }
    for (const { pid } of known) if (!table.has(pid)) journal.forget(pid);
    const live = known.filter(({ pid, kind, state }) => kind === "container" && table.has(pid) && isLive(state));
    const containers = new Map(
      (await this.#options.engine.ofInstance(this.#options.instance)).map((c) => [c.pid, c.id]),
    );
    const restarted = await this.#restarted();
    // What was tied to a session ends with all that is below it, as the session did with its kernel.
    const tied = live.flatMap(({ pid, parent }) =>
      parent === null || table.has(parent) ? [] : table.subtree(pid).map((below) => ({ pid: below.pid, by: parent })),
    );
    await Promise.all(
      live.map(async (entry) => {
        const container = containers.get(entry.pid);
        const launched = entry.state.phase === "running";
        if (launched && container !== undefined) await this.#takeOver(entry, { container, restarted });
        else this.#recordEnd(entry.pid, lostOutcome(launched));
      }),
    );
    await Promise.all(
      tied.map(async ({ pid, by }) =>
        this.#live
          .get(pid)
          ?.signal("SIGKILL", by)
          .catch((error: unknown) => log("a tied process could not be ended", { pid, error: String(error) })),
      ),
    );
    if (live.length > 0)
      log("processes of an earlier kernel were taken over", { live: this.#live.size, of: live.length });
    await this.sweep();
    const { spooler, processesDir, spoolDir } = this.#options;
    // What ended as its kernel did, and what was made for nobody yet.
    for (const pid of spooler.known().keys())
      if (!this.#live.has(pid)) await (table.has(pid) ? spooler.forget(pid) : spooler.remove(pid));
    await removeOthers(processesDir, this.#live.keys());
    await removeOthers(
      spoolDir,
      table.all().map(({ pid }) => pid),
    );
  }

  /** Whether the engine or the machine was started anew since it was last looked at. */
  async #restarted(): Promise<boolean> {
    const { journal } = this.#options;
    const before = journal.engineMark;
    const now = await engineMark();
    journal.engineMark = now;
    return before !== undefined && before !== now;
  }

  async #takeOver(entry: ProcessEntry, found: { container: string; restarted: boolean }): Promise<void> {
    const { journal, now, log } = this.#options;
    const { pid, table } = entry;
    const life = journal.life(pid) ?? newLife(false);
    const project =
      entry.project === null ? null : { id: entry.project, filesDir: this.#options.filesDir(entry.project) };
    const own = {
      output: this.#outputs.sink({ ...entry, lossless: false }),
      keep: (l: Life) => journal.putLife(pid, l),
      used: (usage: Usage) => this.#used(pid, usage),
      life,
    };
    const live = new LiveProcess(this.#options, { ...entry, project, stdin: life.stdin, reference: entry.image }, own);
    this.#live.set(pid, live);
    this.#ends.set(pid, Promise.withResolvers());
    try {
      const startedAt = "startedAt" in entry.state ? (entry.state.startedAt ?? now()) : now();
      const box = await Box.recovered(this.#options, { pid, table, tty: entry.tty !== null, ...found });
      await live.recover(box, now() - startedAt);
      // What was drawn while no kernel looked is lost.
      if (entry.tty !== null) void box.terminal?.redraw(entry.tty).catch(() => undefined);
    } catch (error) {
      log("a process could not be taken over", { pid, error: String(error) });
      await this.#fail(live, toFault(error));
      return;
    }
    void this.#supervise(live);
  }

  /** The engine is back after it was away. */
  async engineReturned(): Promise<void> {
    this.#options.journal.engineMark = await engineMark();
    this.pool.drainAll();
    await this.sweep();
  }

  /** Removes containers of this instance that no process owns: those whose creation was cut off by the engine's end. */
  async sweep(): Promise<void> {
    const { engine, instance } = this.#options;
    const embryos = new Set(this.pool.pids);
    const strays = (await engine.ofInstance(instance)).filter(({ pid }) => !this.#live.has(pid) && !embryos.has(pid));
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
    for (const pid of this.#waiting.pids) this.#endWaiting(pid, { kind: "killed", by, signal: "SIGKILL" });
    await this.pool.close();
    const late = sleep(closeTimeoutMs, "late" as const, { ref: false });
    if ((await Promise.race([ended, late])) === "late")
      log("not every process could be ended", { left: this.#live.size });
  }

  #apply(pid: Pid, event: ProcessEvent): ProcessEntry {
    return this.#record(this.#options.table.apply(pid, event));
  }

  /** That a process is paused is not written down: a later kernel finds every process going. */
  #record(entry: ProcessEntry): ProcessEntry {
    const { state } = entry;
    const going = state.phase === "paused" ? { phase: "running" as const, startedAt: state.startedAt } : state;
    this.#options.journal.put({ ...entry, state: going });
    this.emit("changed", entry);
    return entry;
  }

  #used(pid: Pid, usage: Usage): void {
    if (!this.#live.has(pid)) return;
    this.#options.table.note(pid, { usage });
    this.emit("changed", this.current(pid));
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

/** Removes from a directory of processes those of all others. */
async function removeOthers(dir: string, pids: Iterable<Pid>): Promise<void> {
  const kept = new Set(Array.from(pids, String));
  for (const name of await readdir(dir))
    if (!kept.has(name)) await rm(join(dir, name), { recursive: true, force: true });
}

/** The outcome of what was killed before it ran. */
function killedOutcome({ killedBy }: LiveProcess): Outcome | undefined {
  return killedBy === undefined ? undefined : { kind: "killed", ...killedBy };
}

/** Waits for all, also where one fails. */
async function all(works: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/** What was held open for a process until it had it by itself. */
function letGo({ mounts, pipes }: SpawnOrder): void {
  for (const held of [...mounts, ...Object.values(pipes)]) held[Symbol.dispose]();
}

/** What the output of an ended process takes on disk: at most its quota. */
function keptBytes({ output, table }: ProcessEntry): number {
  return Math.min(output.stdoutBytes + output.stderrBytes, quotaOf(table, "OUT") ?? 0);
}
