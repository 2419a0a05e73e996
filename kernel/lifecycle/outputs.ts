import { join } from "node:path";
import { type CapabilityTable, Fault, type Pid } from "../abi/index.ts";
import { quotaOf } from "../capability/covers.ts";
import { Spool, type SpoolOptions } from "../ipc/spool.ts";
import { SpoolRoom } from "../ipc/spool-room.ts";
import type { SpoolView } from "../ipc/spool-view.ts";
import type { ProcessEntry } from "../process/process-table.ts";
import { isLive } from "../process/transition.ts";
import type { OutputKeeper } from "./box.ts";
import type { OutputSink } from "./live-process.ts";

/**
 * The output of every process that lives or is remembered, a spool each.
 *
 * What a program writes is kept by the spooler, which outlives the kernel; what a terminal shows comes through the kernel.
 * A spool that an earlier kernel left is opened when somebody asks for it, once however many ask.
 */

export class Outputs {
  readonly #dir: string;
  readonly #spooler: OutputKeeper;
  readonly #spools = new Map<Pid, SpoolView>();
  /** Processes whose output is waited for. */
  readonly #awaited = new Map<Pid, PromiseWithResolvers<SpoolView>>();
  readonly #room: SpoolRoom;

  constructor(dir: string, spooler: OutputKeeper) {
    this.#dir = dir;
    this.#room = new SpoolRoom(dir);
    this.#spooler = spooler;
  }

  /** Looks how much room the disk has; while there is little, no terminal's output grows. */
  async measure(): Promise<void> {
    await this.#room.measure();
  }

  /** Where a process's output goes. With `lossless` nothing is dropped that its attached reader has not taken. */
  sink(of: { pid: Pid; table: CapabilityTable; lossless: boolean; tty: unknown }): OutputSink {
    return of.tty === null ? this.#piped(of) : this.#shown(of);
  }

  #piped({ pid, table, lossless }: { pid: Pid; table: CapabilityTable; lossless: boolean }): OutputSink {
    const begun = { limitBytes: quotaOf(table, "OUT") ?? 0, lossless };
    return {
      begin: async () => this.#known(pid, this.#spooler.begin(pid, begun)),
      drain: async () => {
        if (this.#spooler.known().has(pid)) await this.#spooler.forget(pid);
      },
    };
  }

  #shown({ pid, table }: { pid: Pid; table: CapabilityTable }): OutputSink {
    let closed = Promise.resolve();
    let spool: Spool | undefined;
    return {
      begin: async ({ terminal }) => {
        const kept = await Spool.resume(this.#options(pid));
        kept.keep(quotaOf(table, "OUT") ?? 0, false);
        spool = kept;
        this.#known(pid, kept);
        if (terminal === undefined) return;
        closed = new Promise((resolve) => terminal.once("close", resolve));
        terminal.on("data", (data) => kept.append("stdout", data));
        kept.on("pressure", (stop) => (stop ? terminal.pause() : terminal.resume()));
        terminal.resume();
      },
      drain: async () => {
        await closed;
        await spool?.seal();
      },
    };
  }

  #known(pid: Pid, spool: SpoolView): void {
    this.#spools.set(pid, spool);
    this.#awaited.get(pid)?.resolve(spool);
    this.#awaited.delete(pid);
  }

  /** The output of a process; one that has not begun is waited for. Faults: `bad_state` for what has no output. */
  async get(entry: ProcessEntry): Promise<SpoolView> {
    const { pid, kind } = entry;
    if (kind !== "container") throw new Fault("bad_state", `process ${pid} is a ${kind} and has no output`);
    const known = this.#spools.get(pid);
    if (known !== undefined) return known;
    if (isLive(entry.state)) {
      const awaited = this.#awaited.get(pid) ?? Promise.withResolvers<SpoolView>();
      this.#awaited.set(pid, awaited);
      return awaited.promise;
    }
    return this.#load(entry);
  }

  async #load({ pid }: ProcessEntry): Promise<SpoolView> {
    const loaded = await Spool.load(this.#options(pid));
    const raced = this.#spools.get(pid);
    if (raced !== undefined) return raced;
    this.#known(pid, loaded);
    return loaded;
  }

  /** A process has ended; one that never began has no output, and whoever waits for it learns so. */
  async ended(entry: ProcessEntry): Promise<void> {
    if (this.#awaited.has(entry.pid)) await this.#load(entry);
  }

  /** How much a process of this kernel has written; `undefined` for one of an earlier kernel. */
  written(pid: Pid): ProcessEntry["output"] | undefined {
    const written = this.#spools.get(pid)?.written;
    return written === undefined ? undefined : { stdoutBytes: written.stdout, stderrBytes: written.stderr };
  }

  /** Lets go of a process's output; what it holds on disk is the caller's to remove. */
  forget(pid: Pid): void {
    this.#spools.delete(pid);
  }

  #options(pid: Pid): SpoolOptions {
    return { dir: join(this.#dir, String(pid)), scarce: () => this.#room.scarce };
  }
}
