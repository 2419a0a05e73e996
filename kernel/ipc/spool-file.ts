import { closeSync, openSync, read, readSync } from "node:fs";
import { promisify } from "node:util";
import type { SegmentReader } from "./spool-segment.ts";

/**
 * A segment that is read while it is written: what is short has just come and lies in memory, so that it is taken at once
 * and not by a thread, which would cost more than all the rest of it.
 */

const shortBytes = 16 << 10;
const readByThread = promisify(read);

export class SpoolFile implements SegmentReader, Disposable {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, "r");
  }

  async read(buffer: Buffer, offset: number, length: number, at: number): Promise<{ bytesRead: number }> {
    if (length <= shortBytes) return { bytesRead: readSync(this.#fd, buffer, offset, length, at) };
    return readByThread(this.#fd, buffer, offset, length, at);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
