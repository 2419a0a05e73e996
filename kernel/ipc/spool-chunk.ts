import { write, writeSync } from "node:fs";
import { frameHeaderBytes, frameType } from "../abi/index.ts";
import { BufferPool } from "./buffer-pool.ts";
import { shortBytes } from "./spool-file.ts";
import type { Offsets } from "./spool-segment.ts";

/**
 * Frames that were taken and are not on disk yet, one behind the other as they will lie there.
 *
 * Bytes are copied in, so that whoever reads a pipe needs one buffer for all of them; chunks come from a pool, so that a
 * flood makes no garbage.
 */

/** A pool for chunks: each has room for two full pipes, less what their frames' headers take. */
export const chunkPool = (): BufferPool => new BufferPool(128 << 10, 16);

export class Chunk {
  readonly #pool: BufferPool;
  readonly #buffer: Buffer;
  #fill = 0;
  /** Bytes of each stream in it. */
  readonly bytes: Offsets = { stdout: 0, stderr: 0 };

  /** One that has room for a frame of `bytes`, however long that is. */
  constructor(pool: BufferPool, bytes: number) {
    const needed = bytes + frameHeaderBytes;
    this.#pool = pool;
    this.#buffer = needed <= pool.bytes ? pool.take() : Buffer.allocUnsafeSlow(needed);
  }

  get length(): number {
    return this.#fill;
  }

  /** Takes a frame whole, or not at all. */
  append(stream: "stdout" | "stderr", data: Uint8Array): boolean {
    if (this.#buffer.length - this.#fill < frameHeaderBytes + data.length) return false;
    this.#buffer.writeUInt8(frameType[stream], this.#fill);
    this.#buffer.writeUInt32BE(data.length, this.#fill + 1);
    this.#buffer.set(data, this.#fill + frameHeaderBytes);
    this.#fill += frameHeaderBytes + data.length;
    this.bytes[stream] += data.length;
    return true;
  }

  /** Writes all of it, by a thread where it is not short; a disk that is full takes a part and then refuses the rest. */
  async write(fd: number, position: number): Promise<void> {
    let done = 0;
    while (done < this.#fill) {
      const left = this.#fill - done;
      done +=
        left <= shortBytes
          ? writeSync(fd, this.#buffer, done, left, position + done)
          : await this.#writeFrom(done, fd, position);
    }
  }

  #writeFrom(done: number, fd: number, position: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    write(fd, this.#buffer, done, this.#fill - done, position + done, (error, bytes) => {
      if (error === null) resolve(bytes);
      else reject(error);
    });
    return promise;
  }

  /** Gives its memory back; it is not used any more. */
  release(): void {
    if (this.#buffer.length === this.#pool.bytes) this.#pool.give(this.#buffer);
  }
}
