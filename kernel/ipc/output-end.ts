import { closeSync, constants, openSync } from "node:fs";
import { type OnReadOpts, Socket } from "node:net";

/**
 * The reading end of a FIFO that a program writes, with a write end of our own, so that end-of-file comes when we say
 * that the container is dead, never because a program closed its stdout.
 *
 * FIFOs are read as sockets on non-blocking descriptors: `fs` streams would each block a thread of libuv's pool. Only the
 * kernel can write to the directory, so no path in it can have been planted; O_NOFOLLOW holds it all the same.
 */

const { O_RDONLY, O_WRONLY, O_NONBLOCK, O_NOFOLLOW } = constants;

/** Opens the reading end of a FIFO. */
export const openToRead = (path: string): number => openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);

/** Opens the writing end of a FIFO that has a reader. */
export const openToWrite = (path: string): number => openSync(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);

export class OutputEnd implements Disposable {
  #fd: number | undefined;
  #keeper: number | undefined;
  #socket: Socket | undefined;

  constructor(path: string) {
    const fd = openToRead(path);
    try {
      this.#keeper = openToWrite(path);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    this.#fd = fd;
  }

  /** Begins to read, where `into` is given into that. Once, and not after the end. */
  read(into?: OnReadOpts): Socket {
    if (this.#fd === undefined) throw new Error("an output is read twice, or after its end");
    this.#socket = new Socket({
      fd: this.#fd,
      readable: true,
      writable: false,
      ...(into === undefined ? {} : { onread: into }),
    });
    this.#fd = undefined;
    return this.#socket;
  }

  /** Lets end-of-file come once what is in the pipe was read. */
  release(): void {
    if (this.#keeper !== undefined) closeSync(this.#keeper);
    this.#keeper = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
    this.#socket?.destroy();
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
