import { link, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The gate for boxes of other images: the base's own static program, in the directory of each process that needs it.
 *
 * It is one file with many names, which nobody in a box can write to. It is taken out of the base when it is first needed.
 */
export class GateProgram {
  readonly #file: string;
  readonly #read: () => Promise<Buffer>;
  #there: Promise<void> | undefined;

  /** `file` must be on the file system of the processes' directories. */
  constructor(file: string, read: () => Promise<Buffer>) {
    this.#file = file;
    this.#read = read;
  }

  /** Faults: those of reading it out of its image. */
  async place(dir: string): Promise<void> {
    this.#there ??= this.#write().catch((error: unknown) => {
      this.#there = undefined;
      throw error;
    });
    await this.#there;
    await link(this.#file, join(dir, "sos"));
  }

  /** Another base may have left another one. */
  async #write(): Promise<void> {
    const made = `${this.#file}.new`;
    await rm(made, { force: true });
    await writeFile(made, await this.#read(), { mode: 0o555, flag: "wx" });
    await rename(made, this.#file);
  }
}
