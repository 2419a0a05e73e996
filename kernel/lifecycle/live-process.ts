import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Fault, formatCapability, type Outcome, type Pid, type SignalName, toFault } from "../abi/index.ts";
import { quotaOf } from "../capability/covers.ts";
import type { ContainerStatus, Engine, Limits } from "../docker/engine.ts";
import type { DiskWatch, WatchedWriter } from "../disk/disk-watch.ts";
import type { EngineMonitor } from "../docker/engine-monitor.ts";
import type { Spool } from "../ipc/spool.ts";
import { makeFifos, makeProcessDirectory, Stdio } from "../ipc/stdio.ts";
import { containerSpec } from "../isolation/container-spec.ts";
import { fileMounts, hasNestedMounts } from "../isolation/file-mounts.ts";
import { encodeLaunch, type GateReport, relayProgram } from "../isolation/gate.ts";
import { misplacedMounts } from "../isolation/mount-points.ts";
import { outcomeOf } from "../process/outcome.ts";
import type { SpawnOrder } from "./order.ts";
import { LongTimer } from "./timer.ts";
import { type CgroupFiles, cgroupOf, heldMemory } from "./usage.ts";

/**
 * One container from its creation to its outcome.
 *
 * It owns the container, the FIFOs, the process's directory and the timer, and gives all of them back at the end,
 * whatever the end is. It knows nothing of the process table: it reports, and the lifecycle records.
 */

/** How long a started container may take to open its gate. */
const gateTimeoutMs = 30_000;
/** How long the pipes of a dead container may take to come to their end. */
const drainTimeoutMs = 10_000;

/** What serves a process beside its FIFOs: its syscalls and its network. */
export interface Attachment {
  /** Arguments of the relay in its container; none, no relay. */
  relay: readonly string[];
  /** What it needs to know of itself; what the caller names wins. */
  env: Readonly<Record<string, string>>;
  /** Ends the service: nothing that the process does reaches the kernel any more. */
  close(): void;
}

export interface Host {
  engine: Engine;
  /** Begins to serve a process in its directory, before it runs. */
  attach: (pid: Pid, dir: string) => Promise<Attachment>;
  disk: DiskWatch;
  monitor: EngineMonitor;
  instance: string;
  generation: number;
  seccomp: string;
  log: (message: string, details?: Record<string, unknown>) => void;
}

const changedMeanwhile = (what: string): Fault =>
  new Fault("conflict", `a part of the project changed while it was being mounted (${what})`, {
    hint: "Something renamed or replaced it meanwhile; nothing was started.",
  });

export class LiveProcess {
  readonly pid: Pid;
  readonly #host: Host;
  readonly #order: SpawnOrder;
  readonly #openSpool: () => Promise<Spool>;
  #spool: Spool | undefined;
  readonly #dir: string;
  #stdio: Stdio | undefined;
  #timer: LongTimer | undefined;
  #container: string | undefined;
  /** Set once the engine was asked for the container: it may have made it and not said so. */
  #name: string | undefined;
  #cgroup: CgroupFiles | undefined;
  #sent: { by: Pid; signal: SignalName } | undefined;
  #timedOutAfterMs: number | undefined;
  #endedFor: Extract<Outcome, { kind: "revoked" | "quota" }> | undefined;
  #engineLost = false;
  #attachment: Attachment | undefined;
  #writer: WatchedWriter | undefined;

  constructor(host: Host, order: SpawnOrder, own: { dir: string; openSpool: () => Promise<Spool> }) {
    this.#host = host;
    this.#order = order;
    this.pid = order.pid;
    this.#dir = own.dir;
    this.#openSpool = own.openSpool;
  }

  get container(): string | undefined {
    return this.#container;
  }

  get cgroup(): CgroupFiles | undefined {
    return this.#cgroup;
  }

  /** Makes the container, compares it with its table, starts it, and waits for its gate. */
  async prepare(): Promise<void> {
    const { engine, instance, generation, seccomp, log } = this.#host;
    const spool = await this.#openSpool();
    spool.on("failed", (error) => log("output could not be written", { pid: this.pid, error: String(error) }));
    this.#spool = spool;
    await makeProcessDirectory(this.#dir);
    this.#writer = this.#watchDisk();
    const spec = containerSpec({
      instance,
      generation,
      pid: this.pid,
      project: this.#order.project?.id ?? null,
      owner: this.#order.owner,
      image: this.#order.image,
      processDir: this.#dir,
      filesDir: this.#order.project?.filesDir ?? null,
      table: this.#order.table,
      engineRuntime: this.#order.engineRuntime,
      seccomp,
    });
    // Creating a container needs the directory alone, so that what lies in it costs no time of its own.
    this.#name = `superos-${instance}-${this.pid}`;
    const [created, fifos, attached] = await Promise.allSettled([
      engine.create(this.#name, spec),
      makeFifos(this.#dir),
      // Where mounts can go astray, whatever runs first in the container gets nobody's rights until they were looked at.
      hasNestedMounts(this.#order.table) ? undefined : this.#attach(),
    ]);
    if (created.status === "rejected") throw created.reason;
    this.#container = created.value;
    if (fifos.status === "rejected") throw fifos.reason;
    if (attached.status === "rejected") throw attached.reason;
    this.#stdio = new Stdio(this.#dir, spool);
    this.#requireWanted();
    await engine.start(this.#container);
  }

  /** Waits for the gate and writes the launch message. Faults: `not_found` for a working directory that is not there. */
  async launch(): Promise<void> {
    const stdio = this.#stdio;
    if (stdio === undefined || this.#container === undefined) throw new Error("launched before it was prepared");
    const { cwd, argv, mounts } = this.#order;
    const reports = stdio.reports();
    // What a name led to when the engine mounted it may not be what it led to when the right was checked.
    for (const { id } of mounts) await this.#expect(`mount ${id}`, reports);
    await this.#expect("ready", reports);
    for (const mount of mounts) mount[Symbol.dispose]();
    if (hasNestedMounts(this.#order.table)) {
      await this.#requireMountsInPlace();
      await this.#attach();
    }
    const { relay = [], env = {} } = this.#attachment ?? {};
    await this.#writer?.begin((await this.#status()).hostPid);
    this.#requireWanted();
    stdio.launch(encodeLaunch({ relay, cwd, env: { ...env, ...this.#order.env }, argv }));
    await this.#expect("launched", reports);
    stdio.closeGate();
    if (!this.#order.stdin) stdio.stdin.end();
    const limitMs = quotaOf(this.#order.table, "TIME");
    if (limitMs !== undefined) this.#timer = new LongTimer(limitMs, () => void this.#timeOut(limitMs));
    void this.#findCgroup(this.#container);
  }

  async #attach(): Promise<void> {
    this.#attachment = await this.#host.attach(this.pid, this.#dir);
  }

  /** Faults: `conflict` when a mount is not where it should be. */
  async #requireMountsInPlace(): Promise<void> {
    const { hostPid } = await this.#status();
    const misplaced = misplacedMounts(await readFile(`/proc/${hostPid}/mountinfo`, "utf8"), this.#order.table);
    if (misplaced.length === 0) return;
    throw changedMeanwhile(`not as it should be: ${misplaced.join(", ")}`);
  }

  /** Holds what it can write to its DISK, where it can write anything. */
  #watchDisk(): WatchedWriter | undefined {
    const { project, table } = this.#order;
    const limitBytes = quotaOf(table, "DISK");
    const paths = fileMounts(table).flatMap(({ path, write }) =>
      write && project !== null ? [join(project.filesDir, ...path)] : [],
    );
    if (limitBytes === undefined || paths.length === 0) return undefined;
    const exceeded = (): void =>
      void this.end({ kind: "quota", quota: formatCapability({ kind: "DISK", amount: limitBytes }) });
    return this.#host.disk.watch({ pid: this.pid, paths, limitBytes, exceeded });
  }

  async #expect(word: GateReport, reports: AsyncGenerator<GateReport>): Promise<void> {
    const giveUp = new AbortController();
    const late = sleep(gateTimeoutMs, undefined, { signal: giveUp.signal }).then(
      () => "late" as const,
      () => "late" as const,
    );
    const died = this.#diedEarly(giveUp.signal);
    const got = await Promise.race([reports.next().then((next) => next.value ?? "closed"), late, died]);
    giveUp.abort();
    if (got === word) return;
    this.#requireWanted();
    if (got === "chdir")
      throw new Fault("not_found", `no directory ${JSON.stringify(this.#order.cwd)} in the container`);
    if (got === "relay") throw new Fault("unavailable", "the relay to the process's network did not start");
    if (word.startsWith("mount") && got.startsWith("mount")) {
      throw changedMeanwhile("it is another file");
    }
    if (got === "late") throw new Fault("timed_out", "the container did not open its gate in time");
    if (got === "died" && (await this.#status()).oomKilled) {
      throw new Fault("exhausted", "the container ran out of memory before its program started", {
        hint: "Name more MEM.",
      });
    }
    throw new Fault("internal", `the gate said ${got}, not ${word}`);
  }

  /** Resolves when the container ends before its program runs; never on `signal`. */
  async #diedEarly(signal: AbortSignal): Promise<"died"> {
    for (;;) {
      await sleep(1000, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return new Promise(() => undefined);
      const status = await this.#status().catch(() => undefined);
      if (status !== undefined && !status.running) return "died";
    }
  }

  async #status(): Promise<ContainerStatus> {
    if (this.#container === undefined) throw new Error("there is no container");
    return this.#host.engine.status(this.#container);
  }

  async #findCgroup(container: string): Promise<void> {
    const status = await this.#host.engine.status(container).catch(() => undefined);
    if (status !== undefined && status.hostPid > 0) this.#cgroup = await cgroupOf(status.hostPid);
  }

  /** Whether its end is decided. */
  get ending(): boolean {
    return this.#sent?.signal === "SIGKILL" || this.#endedFor !== undefined || this.#timedOutAfterMs !== undefined;
  }

  /** The end of a process that was killed, or lost what it is made with, while it was being made. */
  #requireWanted(): void {
    const lost = this.#order.lost();
    if (lost !== undefined) this.#endedFor ??= { kind: "revoked", capability: lost };
    if (this.#sent?.signal === "SIGKILL" || this.#endedFor !== undefined)
      throw new Fault("bad_state", "the process was killed before it ran");
  }

  /** Sends a signal on behalf of `by`. One that could not be sent explains no end. Faults: `unavailable`. */
  async signal(signal: SignalName, by: Pid): Promise<void> {
    const before = this.#sent;
    this.#sent = { by, signal };
    try {
      if (this.#container !== undefined) await this.#host.engine.kill(this.#container, signal);
    } catch (error) {
      this.#sent = before;
      throw error;
    }
  }

  /** Changes its limits. What is taken must not be in use. Faults: `exhausted`. */
  async resize(limits: Limits): Promise<void> {
    const container = this.#container;
    if (container === undefined) return;
    const held = this.#cgroup === undefined ? undefined : await heldMemory(this.#cgroup);
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
    if (this.#container !== undefined)
      await this.#host.engine.execute(this.#container, [relayProgram, "relay", ...args]);
  }

  /** Ends it for a reason of the kernel's own, which becomes its outcome. */
  async end(reason: Extract<Outcome, { kind: "revoked" | "quota" }>): Promise<void> {
    this.#endedFor ??= reason;
    await this.#kill();
  }

  get endedFor(): Outcome | undefined {
    return this.#endedFor;
  }

  get killedBy(): { by: Pid; signal: SignalName } | undefined {
    return this.#sent?.signal === "SIGKILL" ? this.#sent : undefined;
  }

  async #timeOut(limitMs: number): Promise<void> {
    this.#timedOutAfterMs = limitMs;
    await this.#kill();
  }

  async #kill(): Promise<void> {
    const container = this.#container;
    if (container === undefined) return;
    const { engine, monitor, log } = this.#host;
    await monitor
      .untilUp(() => engine.kill(container, "SIGKILL"))
      .catch((error: unknown) => log("a container could not be killed", { pid: this.pid, error: String(error) }));
  }

  /** The program's input while it runs. */
  get stdin(): Stdio["stdin"] | undefined {
    return this.#order.stdin ? this.#stdio?.stdin : undefined;
  }

  /** Waits for the end of a launched process, takes its last output, and tells how it ended. */
  async ended(): Promise<Outcome> {
    const container = this.#container;
    if (container === undefined) throw new Error("waited for before it was prepared");
    const { engine, monitor } = this.#host;
    const lost = (): void => {
      this.#engineLost = true;
    };
    try {
      const exitCode = await monitor.untilUp(() => engine.wait(container), lost);
      const status = await monitor.untilUp(() => engine.status(container), lost);
      return outcomeOf({
        exitCode,
        oomKilled: status.oomKilled,
        sent: this.#sent,
        timedOutAfterMs: this.#timedOutAfterMs,
        endedFor: this.#endedFor,
        engineLost: this.#engineLost,
      });
    } catch (error) {
      const fault = toFault(error);
      if (fault.code === "not_found") {
        return { kind: "fault", code: "unavailable", message: "the container was removed from outside" };
      }
      return { kind: "fault", code: fault.code, message: fault.message };
    } finally {
      this.#timer?.[Symbol.dispose]();
      await this.drain();
    }
  }

  /** Ends a process whose making failed: the container goes first, so that its pipes come to their end. */
  async discard(): Promise<void> {
    if (this.#container !== undefined) await this.#host.engine.remove(this.#container).catch(() => undefined);
    await this.drain();
  }

  /** Takes what is left in the pipes and seals the spool. */
  async drain(): Promise<void> {
    if (this.#stdio !== undefined) {
      const late = sleep(drainTimeoutMs, "late" as const, { ref: false });
      const result = await Promise.race([this.#stdio.drain(), late]);
      if (result === "late") this.#host.log("the pipes of a dead container did not end", { pid: this.pid });
      this.#stdio[Symbol.dispose]();
    }
    await this.#spool?.seal();
  }

  /** Removes the container and the directory; tries again after the engine's return. */
  async cleanUp(): Promise<void> {
    const container = this.#container ?? this.#name;
    const { engine, monitor, log } = this.#host;
    this.#attachment?.close();
    this.#writer?.[Symbol.dispose]();
    for (const mount of this.#order.mounts) mount[Symbol.dispose]();
    try {
      if (container !== undefined) await monitor.untilUp(() => engine.remove(container));
    } catch (error) {
      log("a container could not be removed", { pid: this.pid, error: String(error) });
    }
    await rm(this.#dir, { recursive: true, force: true });
  }
}
