import { execFile } from "node:child_process";
import { closeSync, constants, fchmodSync, openSync, rmSync } from "node:fs";
import { link, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * A pipe from one process to another: one FIFO that is the first's `stdout` and the second's `stdin`.
 *
 * No byte of it passes through the kernel, which holds both ends only until both gates have opened theirs: from then on the
 * reader sees end-of-file when the last writer is gone, and a writer SIGPIPE when the last reader is. While only gates
 * run, both may open it; before a program runs, nobody may any more. Otherwise bytes could flow back, and a FIFO that is
 * opened when the other end has gone waits for ever, which a pipe does not.
 */

const run = promisify(execFile);
const { O_RDWR, O_NONBLOCK, O_NOFOLLOW } = constants;

/** A pipe's two ends, by what they are called in the directory of the process that has them. */
export type PipeEnd = "stdin" | "stdout";

/** What is open stays open. */
const settledMode = 0;

export class Pipe implements Disposable {
  readonly #path: string;
  readonly #opened = new Set<PipeEnd>();
  #keeper: number | undefined;

  private constructor(path: string) {
    this.#path = path;
    this.#keeper = openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
  }

  /** Makes one at a path below a directory that only the kernel can enter, on the file system of the processes'. */
  static async make(path: string): Promise<Pipe> {
    await run("mkfifo", ["-m", "0606", "--", path]);
    return new Pipe(path);
  }

  /** Puts an end of it into a process's directory, in place of what is there; before its container starts. */
  async place(end: PipeEnd, processDir: string): Promise<void> {
    const next = join(processDir, `.${end}`);
    await link(this.#path, next);
    await rename(next, join(processDir, end));
  }

  /** The gate of the process with this end has opened it. Once both have, the kernel lets go. */
  opened(end: PipeEnd): void {
    this.#opened.add(end);
    if (this.#opened.size === 2) this.#settle();
  }

  /** Whether programs may run that have an end of it. */
  get settled(): boolean {
    return this.#opened.size === 2;
  }

  #settle(): void {
    if (this.#keeper === undefined) return;
    fchmodSync(this.#keeper, settledMode);
    this.#letGo();
  }

  #letGo(): void {
    if (this.#keeper !== undefined) closeSync(this.#keeper);
    this.#keeper = undefined;
    // What was linked into the processes' directories goes with these.
    rmSync(this.#path, { force: true });
  }

  /** Lets go whoever has opened it: who has and waits for the other end sees that nobody comes. */
  [Symbol.dispose](): void {
    this.#letGo();
  }
}
