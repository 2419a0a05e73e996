import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  Fault,
  formatCapability,
  type Millis,
  type Outcome,
  type Pid,
  type ProcessClass,
  type SignalName,
  type TerminalSize,
  type Usage,
} from "../abi/index.ts";
import { quotaOf } from "../capability/covers.ts";
import type { Limits } from "../docker/engine.ts";
import type { DiskWatch, WatchedWriter } from "../disk/disk-watch.ts";
import { Pausable } from "../freezer/pausable.ts";
import type { Life } from "../journal/life.ts";
import { fileMounts } from "../isolation/file-mounts.ts";
import { boxProgram, encodeLaunch, placedProgram } from "../isolation/gate.ts";
import { outcomeOf } from "../process/outcome.ts";
import { Box, type BoxHost, type BoxPlan } from "./box.ts";
import type { SpawnOrder, Subject } from "./order.ts";
import type { ProgramInput } from "./program-input.ts";
import { canGoAstray, shapedTable } from "./shape.ts";
import { setWeight } from "./weight.ts";
import { Meter } from "./meter.ts";
import { LongTimer } from "./timer.ts";
import type { CgroupFiles } from "./cgroup.ts";
import { heldMemory } from "./usage.ts";

/**
 * One process from its box to its outcome.
 *
 * It gives the box its program, holds it to its quotas, and says how it ended; whatever a later kernel must know to go on
 * with it is written down before it takes effect. It knows nothing of the process table: it reports, and the lifecycle
 * records.
 */

/** How long the pipes of a dead container may take to come to their end. */
const drainTimeoutMs = 10_000;

/** A process's network. */
export interface Attachment {
  /** Arguments of the relay in its container; none, no relay. */
  relay: readonly string[];
  /** What it needs to know of itself; what the caller names wins. */
  env: Readonly<Record<string, string>>;
}

export interface Host extends BoxHost {
  now: () => Millis;
  /** Makes a process's sockets to the network in its directory. */
  attach: (pid: Pid, dir: string) => Promise<Attachment>;
  disk: DiskWatch;
}

/** Where its output goes. */
export interface OutputSink {
  /** Begins to keep it. */
  begin(box: Box): Promise<void>;
  /** Takes what is left of a dead container's. */
  drain(): Promise<void>;
}

export interface Own {
  output: OutputSink;
  /** Writes down what a later kernel must know. */
  keep: (life: Life) => void;
  /** Told of each reading of what it uses. */
  used: (usage: Usage) => void;
  /** What an earlier kernel wrote down. */
  life: Life;
}

export class LiveProcess {
  readonly pid: Pid;
  readonly #host: Host;
  readonly #subject: Subject;
  readonly #own: Own;
  #life: Life;
  #box: Box | undefined;
  #timer: LongTimer | undefined;
  #attachment: Attachment | undefined;
  #writer: WatchedWriter | undefined;
  #meter: Meter | undefined;
  /** It is watched no longer. */
  #over = false;
  #pausable = new Pausable();
  /** Settled once it can be paused. */
  #pausing: Promise<void> | undefined;
  #lost: () => string | undefined = () => undefined;

  constructor(host: Host, subject: Subject, own: Own) {
    this.#host = host;
    this.#subject = subject;
    this.#own = own;
    this.#life = own.life;
    this.pid = subject.pid;
  }

  get container(): string | undefined {
    return this.#box?.container;
  }

  get cgroup(): CgroupFiles | undefined {
    return this.#box?.cgroup;
  }

  #note(changes: Partial<Life>): void {
    this.#life = { ...this.#life, ...changes };
    this.#own.keep(this.#life);
  }

  /** Takes its box, or makes one. */
  async prepare(order: SpawnOrder): Promise<void> {
    this.#lost = order.lost;
    this.#writer = this.#watchDisk();
    if (order.embryo !== undefined) {
      this.#box = order.embryo;
      this.#requireWanted();
      await Promise.all([this.#own.output.begin(order.embryo), this.#attach(order.embryo)]);
      return;
    }
    // Where mounts can go astray, whatever runs first in the container gets nobody's rights until they were looked at.
    const otherImage = order.reference !== null;
    const late = canGoAstray({ table: order.table, otherImage });
    const plan: BoxPlan = {
      pid: order.pid,
      image: order.image,
      otherImage,
      volumes: order.volumes,
      project: order.project,
      owner: order.owner,
      engineRuntime: order.engineRuntime,
      tty: order.tty !== null,
      table: shapedTable(order.table),
      mounts: order.mounts,
      segments: order.segments,
      pipes: order.pipes,
      requireWanted: () => this.#requireWanted(),
      beside: async () => (late ? undefined : this.#attach(box)),
    };
    const box = Box.planned(this.#host, plan);
    this.#box = box;
    await box.prepare(plan);
    await Promise.all([this.#own.output.begin(box), late ? this.#attach(box) : undefined]);
  }

  async #attach(box: Box): Promise<void> {
    this.#attachment = await this.#host.attach(this.pid, box.dir);
  }

  /** Gives the box its program. Faults: `not_found` for a working directory that is not there. */
  async launch({ cwd, env, argv, stdin, tty }: SpawnOrder): Promise<void> {
    const box = this.#require();
    const { relay = [], env: own = {} } = this.#attachment ?? {};
    await this.#beginHolding(box);
    if (tty !== null) await box.terminal?.resize(tty);
    this.#requireWanted();
    const terminal = tty === null ? {} : { TERM: "xterm-256color" };
    const unread = !stdin && tty === null && box.input !== undefined;
    const message = { stdin: !unread, relay, cwd, env: { ...own, ...terminal, ...env }, argv };
    await box.launch(encodeLaunch(message), cwd);
    const at = this.#host.now();
    // First whoever waits for it is told that it runs.
    setImmediate(() => this.#watch(box, this.#host.now() - at));
    if (this.#subject.class !== "foreground") await this.weigh(this.#subject.class);
  }

  /** Goes on with a process that an earlier kernel launched, as far as it still runs. */
  async recover(box: Box, ranForMs: number): Promise<void> {
    this.#box = box;
    await this.#own.output.begin(box);
    if (box.hostPid === 0) return;
    this.#writer = this.#watchDisk();
    this.#attachment = await this.#host.attach(this.pid, box.dir);
    await this.#beginHolding(box);
    // What an earlier kernel left stopped goes on.
    this.#pausing = this.#pausable.begin(box.hostPid);
    await this.#pausing;
    // What it was being ended for has not happened yet, as far as anybody knows.
    if (this.ending) return this.#kill();
    this.#watch(box, ranForMs);
    await this.weigh(this.#subject.class);
  }

  /** From here on it can be stopped, and is held to its DISK. */
  async #beginHolding(box: Box): Promise<void> {
    const writer = this.#writer;
    this.#pausable = new Pausable(writer);
    if (writer === undefined) return;
    await writer.begin(box.hostPid);
    if (this.#life.baselineBytes === null) this.#note({ baselineBytes: await writer.baseline });
  }

  /** From here on it is ended in time, and what it uses is read; unless it is over. */
  #watch({ cgroup }: Box, ranForMs: number): void {
    if (this.#over) return;
    const { now } = this.#host;
    if (cgroup !== undefined) this.#meter = new Meter(cgroup, { now, read: this.#own.used });
    const limitMs = quotaOf(this.#subject.table, "TIME");
    if (limitMs === undefined) return;
    this.#timer = new LongTimer(Math.max(0, limitMs - ranForMs), () => void this.#timeOut(limitMs));
  }

  #require(): Box {
    if (this.#box === undefined) throw new Error("there is no box yet");
    return this.#box;
  }

  /** Holds what it can write to its DISK, where it can write anything. */
  #watchDisk(): WatchedWriter | undefined {
    const { project, table } = this.#subject;
    const limitBytes = quotaOf(table, "DISK");
    if (limitBytes === undefined || project === null) return undefined;
    const paths = fileMounts(table).flatMap(({ path, write }) => (write ? [join(project.filesDir, ...path)] : []));
    if (paths.length === 0) return undefined;
    const exceeded = (): void =>
      void this.end({ kind: "quota", quota: formatCapability({ kind: "DISK", amount: limitBytes }) });
    const { baselineBytes } = this.#life;
    const known = baselineBytes === null ? {} : { baselineBytes };
    return this.#host.disk.watch({
      pid: this.pid,
      paths,
      project: project.filesDir,
      limitBytes,
      exceeded,
      ...known,
    });
  }

  /** Whether its end is decided. */
  get ending(): boolean {
    return this.killedBy !== undefined || this.#life.endedFor !== null;
  }

  /** The end of a process that was killed, or lost what it is made with, while it was being made. */
  #requireWanted(): void {
    const lost = this.#lost();
    if (lost !== undefined && this.#life.endedFor === null)
      this.#note({ endedFor: { kind: "revoked", capability: lost } });
    if (this.ending) throw new Fault("bad_state", "the process was killed before it ran");
  }

  /** Sends a signal on behalf of `by`. One that could not be sent explains no end. Faults: `unavailable`. */
  async signal(signal: SignalName, by: Pid): Promise<void> {
    const before = this.#life.sent;
    this.#note({ sent: { by, signal } });
    const container = this.container;
    if (container === undefined) return;
    const send = async (): Promise<unknown> => this.#host.engine.kill(container, signal);
    try {
      await (signal === "SIGKILL" ? this.#pausable.kill(send) : send());
    } catch (error) {
      this.#note({ sent: before });
      throw error;
    }
  }

  /** Stops it until `resume`; it dies of a SIGKILL all the same. Faults: `unsupported`. */
  async pause(): Promise<void> {
    // Most are never paused.
    this.#pausing ??= this.#pausable.begin(this.#box?.hostPid ?? 0);
    await this.#pausing;
    await this.#pausable.pause();
  }

  async resume(): Promise<void> {
    await this.#pausable.resume();
  }

  /** Gives it the weight of its class, which counts where more want a CPU than there are. */
  async weigh(as: ProcessClass): Promise<void> {
    const hostPid = this.#box?.hostPid ?? 0;
    if (hostPid > 0) await setWeight(hostPid, as);
  }

  /** Changes its limits. What is taken must not be in use. Faults: `exhausted`. */
  async resize(limits: Limits): Promise<void> {
    const container = this.container;
    if (container === undefined) return;
    const held = this.cgroup === undefined ? undefined : heldMemory(this.cgroup);
    if (held !== undefined && held > limits.memoryBytes) {
      const left = formatCapability({ kind: "MEM", amount: limits.memoryBytes });
      throw new Fault("exhausted", `process ${this.pid} uses more memory than ${left}, which it would have left`, {
        hint: "Name less MEM for the child.",
      });
    }
    await this.#host.engine.update(container, limits);
  }

  /** Starts the relay in the running container. */
  async relay(args: readonly string[]): Promise<void> {
    const container = this.container;
    const program = this.#subject.reference === null ? boxProgram : placedProgram;
    if (container !== undefined) await this.#host.engine.execute(container, [program, "relay", ...args]);
  }

  /** Ends it for a reason of the kernel's own, which becomes its outcome. */
  async end(reason: NonNullable<Life["endedFor"]>): Promise<void> {
    if (this.#life.endedFor === null) this.#note({ endedFor: reason });
    await this.#kill();
  }

  get endedFor(): Outcome | undefined {
    return this.#life.endedFor ?? undefined;
  }

  get killedBy(): { by: Pid; signal: SignalName } | undefined {
    return this.#life.sent?.signal === "SIGKILL" ? this.#life.sent : undefined;
  }

  async #timeOut(limitMs: number): Promise<void> {
    await this.end({ kind: "timeout", limitMs });
  }

  async #kill(): Promise<void> {
    const container = this.container;
    if (container === undefined) return;
    const { engine, monitor, log } = this.#host;
    await this.#pausable
      .kill(() => monitor.untilUp(() => engine.kill(container, "SIGKILL")))
      .catch((error: unknown) => log("a container could not be killed", { pid: this.pid, error: String(error) }));
  }

  /** The program's input while it runs. */
  get input(): ProgramInput | undefined {
    return this.#subject.stdin || this.#subject.tty !== null ? this.#box?.input : undefined;
  }

  /** Sets the size of its terminal. Faults: `bad_state` without one. */
  async resizeTerminal(size: TerminalSize): Promise<void> {
    const terminal = this.#box?.terminal;
    if (terminal === undefined) throw new Fault("bad_state", `process ${this.pid} has no terminal`);
    await terminal.resize(size);
  }

  /** Waits for the end of a launched process, takes its last output, and tells how it ended. */
  async ended(): Promise<Outcome> {
    const box = this.#require();
    const { monitor } = this.#host;
    try {
      const exit = await box.exited;
      if ("fault" in exit) throw exit.fault;
      const status = await monitor.untilUp(() => box.status());
      const { sent, endedFor } = this.#life;
      return outcomeOf({
        exitCode: exit.exitCode,
        // The engine tells of any task that was killed for memory, also where the program went on for long.
        oomKilled: this.#meter?.ranOut() ?? status.oomKilled,
        sent: sent ?? undefined,
        timedOutAfterMs: endedFor?.kind === "timeout" ? endedFor.limitMs : undefined,
        endedFor: endedFor === null || endedFor.kind === "timeout" ? undefined : endedFor,
        engineLost: exit.engineLost,
      });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const message = error.code === "not_found" ? "the container was removed from outside" : error.message;
      const code = error.code === "not_found" ? "unavailable" : error.code;
      return { kind: "fault", code, message };
    } finally {
      this.#endWatch();
      await this.drain();
    }
  }

  #endWatch(): void {
    this.#over = true;
    this.#timer?.[Symbol.dispose]();
    this.#meter?.[Symbol.dispose]();
  }

  /** Ends a process whose making failed: the container goes first, so that its pipes come to their end. */
  async discard(): Promise<void> {
    this.#endWatch();
    await this.#box?.kill();
    await this.drain();
  }

  /** Takes what is left in the pipes. */
  async drain(): Promise<void> {
    const late = sleep(drainTimeoutMs, "late" as const, { ref: false });
    if ((await Promise.race([this.#own.output.drain(), late])) === "late")
      this.#host.log("the pipes of a dead container did not end", { pid: this.pid });
  }

  /** Gives everything back. */
  async cleanUp(): Promise<void> {
    this.#writer?.[Symbol.dispose]();
    await this.#box?.remove();
  }
}
