import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFifos, makeProcessDirectory } from "./stdio.ts";

/**
 * Directories with their FIFOs, made ahead: a process's directory is one of them under another name.
 *
 * FIFOs are made by a program, which takes as long for all of a batch as for those of one process, and would take it
 * while somebody waits for a spawn. The stock lies on the file system of the processes' directories.
 */

const batch = 16;
/** With fewer than this left, more are made. */
const low = 6;

export class DirectoryStock {
  readonly #dir: string;
  readonly #ready: string[] = [];
  #filling: Promise<void> | undefined;
  #closed = false;

  /** Whatever lies in `dir` is of no use to anybody. */
  constructor(dir: string) {
    this.#dir = dir;
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#fill();
  }

  /** Makes a process's directory with its FIFOs; nothing may lie at `target`. */
  async make(target: string): Promise<void> {
    const next = this.#ready.pop();
    if (this.#ready.length < low) this.#fill();
    if (next !== undefined) return rename(next, target);
    await makeProcessDirectory(target);
    await makeFifos(target);
  }

  #fill(): void {
    if (this.#closed) return;
    // When making them fails, each is made when it is wanted, and whoever wants it learns why.
    this.#filling ??= this.#makeBatch()
      .catch(() => undefined)
      .finally(() => (this.#filling = undefined));
  }

  async #makeBatch(): Promise<void> {
    const dirs = Array.from({ length: batch }, () => join(this.#dir, randomUUID()));
    await Promise.all(dirs.map((dir) => makeProcessDirectory(dir)));
    await makeFifos(...dirs);
    this.#ready.push(...dirs);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#filling;
    await rm(this.#dir, { recursive: true, force: true });
  }
}
