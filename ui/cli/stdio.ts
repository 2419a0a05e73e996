import { write } from "node:fs";
import { Socket } from "node:net";
import { promisify } from "node:util";
import { BrokenPipe, WriteFailure, errnoOf } from "./failure.ts";

/**
 * Standard output and standard error, byte for byte and with backpressure.
 *
 * A pipe or terminal is written through libuv's stream, which never blocks: a reader that stands still must not keep
 * Ctrl-C or the exit from working. Anything else (a file, a device) is written to the descriptor in a loop, because
 * Node's own stream for files takes a short write for a whole one. Memory stays bounded either way.
 */

const mostBuffered = 1 << 20;
const writeAsync = promisify(write);
const goneCodes = ["EPIPE", "EIO", "ECONNRESET", "ERR_STREAM_DESTROYED"];

/** What a failed write means: the reader has gone, or the output cannot be kept. */
function writeFailure(error: unknown, fd: 1 | 2): Error {
  const code = errnoOf(error) ?? "unknown";
  if (goneCodes.includes(code)) return new BrokenPipe(code);
  return new WriteFailure(`cannot write standard ${fd === 1 ? "output" : "error"} (${code})`, { cause: error });
}

/** An output as a command sees it. */
export interface Output {
  readonly isTty: boolean;
  /** The terminal's width; `undefined` where it is none. */
  readonly columns: number | undefined;
  write(data: string | Uint8Array): Promise<void>;
  flush(): Promise<void>;
}

export class StdWriter implements Output {
  readonly #fd: 1 | 2;
  #socket: Socket | undefined;
  #opened = false;
  #failure: Error | undefined;

  constructor(fd: 1 | 2) {
    this.#fd = fd;
  }

  get isTty(): boolean {
    return this.#open()?.isTTY === true;
  }

  get columns(): number | undefined {
    const stream = this.#open();
    return stream?.isTTY === true && stream.columns > 0 ? stream.columns : undefined;
  }

  #open(): NodeJS.WriteStream | undefined {
    const stream: NodeJS.WriteStream = this.#fd === 1 ? process.stdout : process.stderr;
    if (!(stream instanceof Socket)) return undefined;
    if (!this.#opened) {
      this.#opened = true;
      this.#socket = stream;
      stream.on("error", (error: Error) => {
        this.#failure ??= writeFailure(error, this.#fd);
      });
    }
    return stream;
  }

  /** Resolves once there is room for more. Throws `BrokenPipe` when the reader has gone. */
  async write(data: string | Uint8Array): Promise<void> {
    this.#open();
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    if (this.#socket === undefined) return this.#writeDescriptor(bytes);
    if (this.#failure !== undefined) throw this.#failure;
    this.#socket.write(bytes);
    if (this.#socket.writableLength > mostBuffered) await this.flush();
  }

  /** Resolves once every byte was handed to the system. */
  async flush(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined) return;
    if (this.#failure === undefined && socket.writableLength > 0) {
      await new Promise<void>((resolve) => {
        socket.write("", () => resolve());
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #writeDescriptor(bytes: Uint8Array): Promise<void> {
    let at = 0;
    let pauseMs = 1;
    while (at < bytes.length) {
      try {
        const { bytesWritten } = await writeAsync(this.#fd, bytes, at, bytes.length - at, null);
        at += bytesWritten;
        pauseMs = 1;
      } catch (error) {
        if (errnoOf(error) !== "EAGAIN") throw writeFailure(error, this.#fd);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        pauseMs = Math.min(pauseMs * 2, 50);
      }
    }
  }
}
