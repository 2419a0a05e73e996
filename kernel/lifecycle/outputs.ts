import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { type CapabilityTable, Fault, type Pid } from "../abi/index.ts";
import { quotaOf } from "../capability/covers.ts";
import { Spool, type SpoolOptions } from "../ipc/spool.ts";
import type { ProcessEntry } from "../process/process-table.ts";
import { isLive } from "../process/transition.ts";

/** What output leaves free of the disk, or a tenth of a small one: more than all processes write between two looks. */
const reserveBytes = 2 * 1024 ** 3;

/**
 * The output of every process that lives or is remembered, a spool each.
 *
 * A spool that an earlier kernel left is opened when somebody asks for it, once however many ask.
 */
export class Outputs {
  readonly #dir: string;
  readonly #spools = new Map<Pid, Spool>();
  #scarce = false;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Looks how much room the disk has; while there is little, no output grows. */
  async measure(): Promise<void> {
    const { bsize, blocks, bavail } = await statfs(this.#dir);
    this.#scarce = bavail * bsize < Math.min(reserveBytes, (blocks * bsize) / 10);
  }

  /** The spool of a new process. With `lossless` nothing is dropped that its attached reader has not taken. */
  async create(pid: Pid, table: CapabilityTable, lossless: boolean): Promise<Spool> {
    const spool = await Spool.create(this.#options(pid, table), lossless);
    this.#spools.set(pid, spool);
    return spool;
  }

  /** Faults: `bad_state` for a process that has no output, or none yet. */
  async get(entry: ProcessEntry): Promise<Spool> {
    const { pid, kind } = entry;
    if (kind !== "container") throw new Fault("bad_state", `process ${pid} is a ${kind} and has no output`);
    const known = this.#spools.get(pid);
    if (known !== undefined) return known;
    if (isLive(entry.state)) throw new Fault("bad_state", `process ${pid} is only being made`);
    const loaded = await Spool.load(this.#options(pid, entry.table));
    const raced = this.#spools.get(pid);
    if (raced !== undefined) return raced;
    this.#spools.set(pid, loaded);
    return loaded;
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

  #options(pid: Pid, table: CapabilityTable): SpoolOptions {
    return { dir: join(this.#dir, String(pid)), limitBytes: quotaOf(table, "OUT") ?? 0, scarce: () => this.#scarce };
  }
}
