import { closeSync, fstatSync, openSync, read, readSync } from "node:fs";
import { promisify } from "node:util";

/**
 * A segment that is read while it is written: what is short has just come and lies in memory, so that it is taken at once
 * and not by a thread, which would cost more than all the rest of it.
 */

export const shortBytes = 16 << 10;
const readByThread = promisify(read);

export class SpoolFile implements Disposable {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, "r");
  }

  get size(): number {
    return fstatSync(this.#fd).size;
  }

  /** Reads from `at` into the buffer's beginning; returns how many bytes there were. */
  async read(buffer: Buffer, length: number, at: number): Promise<number> {
    if (length <= shortBytes) return readSync(this.#fd, buffer, 0, length, at);
    return (await readByThread(this.#fd, buffer, 0, length, at)).bytesRead;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
