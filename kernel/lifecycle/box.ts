import type { Socket } from "node:net";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Fault, type CapabilityTable, type Pid, toFault } from "../abi/index.ts";
import type { ContainerStatus, Engine } from "../docker/engine.ts";
import type { EngineMonitor } from "../docker/engine-monitor.ts";
import type { Terminal } from "../docker/terminal.ts";
import type { DirectoryStock } from "../ipc/directory-stock.ts";
import type { Pipe, PipeEnd } from "../ipc/pipe.ts";
import { makeMountPoints } from "../ipc/segment-files.ts";
import { GateEnds, reopenInput } from "../ipc/stdio.ts";
import { containerSpec } from "../isolation/container-spec.ts";
import type { GateReport } from "../isolation/gate.ts";
import type { SegmentFiles } from "../isolation/segment-mounts.ts";
import { misplacedMounts } from "../isolation/mount-points.ts";
import type { Spooler } from "../spooler/spooler.ts";
import { canGoAstray, type Shape } from "./shape.ts";
import { PipeInput, type ProgramInput, TerminalInput } from "./program-input.ts";
import { type CgroupFiles, cgroupOf } from "./cgroup.ts";

/**
 * One container with its directory, from its creation until its gate waits for a program; and its removal.
 *
 * It is an embryo until it is launched: it knows its shape, its place and its pid, and no program, no rights and nobody
 * whom it serves. A box is launched once.
 */

/** How long a started container may take to open its gate. */
const gateTimeoutMs = 30_000;

/** What a box and its output need of the spooler. */
export type OutputKeeper = Pick<Spooler, "attach" | "begin" | "known" | "endInput" | "forget" | "remove">;

export interface BoxHost {
  engine: Engine;
  monitor: EngineMonitor;
  spooler: OutputKeeper;
  instance: string;
  generation: number;
  seccomp: string;
  /** Begins to serve a process's syscalls in its directory; returns how to end it. */
  openDoor: (pid: Pid, dir: string) => Promise<() => void>;
  directories: DirectoryStock;
  /** Puts the gate into the directory of a process whose image has none. */
  placeGate: (dir: string) => Promise<void>;
  /** Directory of the processes' directories. */
  processesDir: string;
  log: (message: string, details?: Record<string, unknown>) => void;
}

/** A file or directory that the kernel holds open until it is known to be what was mounted. */
export interface HeldMount extends Disposable {
  /** Device and inode, as `stat -c %d:%i` prints them. */
  readonly id: string;
}

/** Pipes to and from other processes. */
export type Pipes = Partial<Record<PipeEnd, Pipe>>;

/** The streams that the spooler holds: not a terminal's, nor those between processes. */
const heldStreams = ({ tty, pipes }: BoxPlan): ("stdin" | "stdout" | "stderr")[] =>
  tty
    ? []
    : (["stdin", "stdout", "stderr"] as const).filter((stream) => stream === "stderr" || pipes[stream] === undefined);

export interface BoxPlan extends Shape {
  pid: Pid;
  owner: number;
  /** What the gate must find at each part of the project, in the order of `partMounts`. */
  mounts: readonly HeldMount[];
  segments: SegmentFiles;
  /** What takes the place of its input or its output. */
  pipes: Pipes;
  /** Throws when it is not wanted any more. */
  requireWanted: () => void;
  /** Done with its directory while the container is being made. */
  beside: (dir: string) => Promise<void>;
}

/** How the engine says that a container ended; `fault` when it could not say. */
export type Exit = { exitCode: number; engineLost: boolean } | { fault: Fault };

const changedMeanwhile = (what: string): Fault =>
  new Fault("conflict", `a part of the project changed while it was being mounted (${what})`, {
    hint: "Something renamed or replaced it meanwhile; nothing was started.",
  });

const unfit = (cause?: unknown): Fault =>
  new Fault("unsupported", "no box can be made of this image", {
    hint: "Something in it, a link perhaps, lies where a box has its own: /project, /run/superos, /tmp, /dev, /proc, /sys.",
    cause,
  });

export class Box {
  readonly pid: Pid;
  readonly dir: string;
  readonly #host: BoxHost;
  /** What the container is called; the engine may have made one and not said so. */
  readonly #name: string;
  readonly table: CapabilityTable;
  #container: string | undefined;
  #asked = false;
  #ends: GateEnds | undefined;
  /** The input of a program that an earlier kernel started. */
  #reopened: Socket | undefined;
  #terminal: Terminal | undefined;
  #input: ProgramInput | undefined;
  #reports: AsyncGenerator<GateReport> | undefined;
  #exited: Promise<Exit> | undefined;
  #ended = false;
  #hostPid = 0;
  #closeDoor: (() => void) | undefined;
  #cgroup: CgroupFiles | undefined;

  private constructor(host: BoxHost, { pid, table }: Pick<BoxPlan, "pid" | "table">) {
    this.#host = host;
    this.pid = pid;
    this.table = table;
    this.dir = join(host.processesDir, String(pid));
    this.#name = `superos-${host.instance}-${pid}`;
  }

  /** A box that is still to be made: `prepare` does. */
  static planned(host: BoxHost, plan: BoxPlan): Box {
    return new Box(host, plan);
  }

  /** A running container of an earlier kernel. */
  static async recovered(
    host: BoxHost,
    known: { pid: Pid; table: CapabilityTable; container: string; restarted: boolean; tty: boolean },
  ): Promise<Box> {
    const box = new Box(host, known);
    box.#container = known.container;
    box.#asked = true;
    await box.#look();
    box.#exited = box.#waitForExit(known.container, known.restarted);
    if (box.#hostPid === 0) return box;
    // The sockets on which an earlier kernel served it.
    for (const name of await readdir(box.dir)) if (name.endsWith(".sock")) await rm(join(box.dir, name));
    await box.#openDoor();
    if (known.tty) {
      box.#terminal = await host.engine.attachTerminal(known.container);
      box.#input = new TerminalInput(box.#terminal);
    } else if (host.spooler.known().get(known.pid)?.streams.includes("stdin") === true) {
      box.#reopened = reopenInput(box.dir);
      if (box.#reopened !== undefined) box.#input = new PipeInput(box.#reopened, () => box.#endInput());
    }
    return box;
  }

  async #makeDirectory({ pipes, segments, otherImage }: BoxPlan): Promise<void> {
    await this.#host.directories.make(this.dir);
    if (otherImage) await this.#host.placeGate(this.dir);
    await makeMountPoints(this.dir, [...segments.keys()]);
    for (const end of ["stdin", "stdout"] as const) await pipes[end]?.place(end, this.dir);
  }

  /** Begins to serve it, on a new socket where an earlier kernel served it. */
  async #openDoor(): Promise<void> {
    this.#closeDoor = await this.#host.openDoor(this.pid, this.dir);
  }

  get container(): string | undefined {
    return this.#container;
  }

  get hostPid(): number {
    return this.#hostPid;
  }

  get cgroup(): CgroupFiles | undefined {
    return this.#cgroup;
  }

  /** The program's input. */
  get input(): ProgramInput | undefined {
    return this.#input;
  }

  get terminal(): Terminal | undefined {
    return this.#terminal;
  }

  /** Whether the container has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Resolves when the container has ended; it must have been started. */
  get exited(): Promise<Exit> {
    if (this.#exited === undefined) throw new Error("waited for before it was started");
    return this.#exited;
  }

  /** Makes the container, compares it with its shape, starts it, and waits for its gate. */
  async prepare(plan: BoxPlan): Promise<void> {
    const { engine, instance, generation, seccomp, spooler } = this.#host;
    await this.#makeDirectory(plan);
    const spec = containerSpec({
      instance,
      generation,
      pid: this.pid,
      project: plan.project?.id ?? null,
      owner: plan.owner,
      image: plan.image,
      otherImage: plan.otherImage,
      volumes: plan.volumes,
      processDir: this.dir,
      filesDir: plan.project?.filesDir ?? null,
      segments: plan.segments,
      table: plan.table,
      engineRuntime: plan.engineRuntime,
      seccomp,
      tty: plan.tty,
    });
    // Creating a container needs the directory alone, so that what lies in it costs no time of its own.
    this.#asked = true;
    // Where mounts can go astray, whatever runs first in the container gets nobody's rights until they were looked at.
    const late = canGoAstray(plan);
    const [created, fifos, door, beside] = await Promise.allSettled([
      engine.create(this.#name, spec),
      spooler.attach(this.pid, this.dir, heldStreams(plan)),
      late ? undefined : this.#openDoor(),
      plan.beside(this.dir),
    ]);
    if (created.status === "rejected") throw created.reason;
    this.#container = created.value;
    if (fifos.status === "rejected") throw fifos.reason;
    if (door.status === "rejected") throw door.reason;
    if (beside.status === "rejected") throw beside.reason;
    this.#ends = new GateEnds(this.dir, { stdin: !plan.tty && plan.pipes.stdin === undefined });
    this.#reports = this.#ends.reports();
    if (plan.tty) this.#terminal = await engine.attachTerminal(this.#container);
    const { stdin } = this.#ends;
    if (stdin !== undefined) this.#input = new PipeInput(stdin, () => this.#endInput());
    else if (this.#terminal !== undefined) this.#input = new TerminalInput(this.#terminal);
    plan.requireWanted();
    await this.#start(this.#container, plan);
    this.#exited = this.#waitForExit(this.#container);
    await this.#opened(plan);
  }

  /** What lies where the box has its own may be of a kind that nothing can be mounted on. */
  async #start(container: string, { otherImage }: BoxPlan): Promise<void> {
    try {
      await this.#host.engine.start(container);
    } catch (error) {
      if (!otherImage || !(error instanceof Fault) || error.code !== "internal") throw error;
      this.#host.log("a container of another image did not start", { pid: this.pid, error: error.message });
      throw unfit(error);
    }
  }

  /** What a name led to when the engine mounted it may not be what it led to when the right was checked. */
  async #opened(plan: BoxPlan): Promise<void> {
    const { mounts, pipes, otherImage } = plan;
    const looked = this.#look();
    looked.catch(() => undefined);
    for (const { id } of mounts) await this.#expect(`mount ${id}`);
    await this.#expect("ready");
    for (const end of ["stdin", "stdout"] as const) pipes[end]?.opened(end);
    await looked;
    for (const mount of mounts) mount[Symbol.dispose]();
    if (!canGoAstray(plan)) return;
    const misplaced = misplacedMounts(await readFile(`/proc/${this.#hostPid}/mountinfo`, "utf8"), plan);
    if (misplaced.length > 0) {
      throw otherImage ? unfit() : changedMeanwhile(`not as it should be: ${misplaced.join(", ")}`);
    }
    await this.#openDoor();
  }

  /** Nobody else holds the program's input open any more. */
  #endInput(): void {
    const { spooler, log } = this.#host;
    if (!spooler.known().has(this.pid)) return;
    spooler
      .endInput(this.pid)
      .catch((error: unknown) => log("an input was not ended", { pid: this.pid, error: String(error) }));
  }

  async #look(): Promise<void> {
    this.#hostPid = (await this.status()).hostPid;
    if (this.#hostPid > 0) this.#cgroup = await cgroupOf(this.#hostPid);
  }

  /** Writes the launch message and waits until the program takes over. Faults: `not_found` for its directory. */
  async launch(message: string, cwd: string): Promise<void> {
    if (this.#ends === undefined) throw new Error("launched before it was prepared");
    this.#ends.launch(message);
    await this.#expect("launched", cwd);
    this.#ends.closeGate();
  }

  async status(): Promise<ContainerStatus> {
    if (this.#container === undefined) throw new Error("there is no container");
    return this.#host.engine.status(this.#container);
  }

  /** With `lost` the engine was away already. */
  async #waitForExit(container: string, lost = false): Promise<Exit> {
    const { engine, monitor } = this.#host;
    let engineLost = lost;
    try {
      const onLost = (): void => {
        engineLost = true;
      };
      return { exitCode: await monitor.untilUp(() => engine.wait(container), onLost), engineLost };
    } catch (error) {
      return { fault: toFault(error) };
    } finally {
      this.#ended = true;
    }
  }

  async #expect(word: GateReport, cwd = "/"): Promise<void> {
    const late = Promise.withResolvers<"late">();
    const timer = setTimeout(() => late.resolve("late"), gateTimeoutMs);
    const next = this.#reports?.next().then(({ value }) => value ?? "closed");
    const got = await Promise.race([next ?? "closed", late.promise, this.exited.then(() => "died" as const)]);
    clearTimeout(timer);
    if (got === word) return;
    if (got === "chdir") throw new Fault("not_found", `no directory ${JSON.stringify(cwd)} in the container`);
    if (got === "relay") throw new Fault("unavailable", "the relay to the process's network did not start");
    if (word.startsWith("mount") && got.startsWith("mount")) throw changedMeanwhile("it is another file");
    if (got === "late") throw new Fault("timed_out", "the container did not open its gate in time");
    if (got === "died" && (await this.status()).oomKilled) {
      throw new Fault("exhausted", "the container ran out of memory before its program started", {
        hint: "Name more MEM.",
      });
    }
    throw new Fault("internal", `the gate said ${got}, not ${word}`);
  }

  /** Ends the container by force, now. */
  async kill(): Promise<void> {
    if (this.#container !== undefined) await this.#host.engine.remove(this.#container).catch(() => undefined);
  }

  /** Gives back a box that served nobody. */
  async discard(): Promise<void> {
    await this.remove();
    await this.#host.spooler.remove(this.pid);
  }

  /** Removes the container and the directory; tries again after the engine's return. */
  async remove(): Promise<void> {
    const { engine, monitor, log } = this.#host;
    this.#closeDoor?.();
    this.#ends?.[Symbol.dispose]();
    this.#reopened?.destroy();
    this.#terminal?.[Symbol.dispose]();
    try {
      const container = this.#container ?? (this.#asked ? this.#name : undefined);
      if (container !== undefined) await monitor.untilUp(() => engine.remove(container));
    } catch (error) {
      log("a container could not be removed", { pid: this.pid, error: String(error) });
    }
    await rm(this.dir, { recursive: true, force: true });
  }
}
