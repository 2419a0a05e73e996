import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { type GateReport, isGateReport } from "../isolation/gate.ts";

/**
 * The kernel's ends of the FIFOs by which it talks with a gate, and of the program's input.
 *
 * FIFOs are opened as sockets on non-blocking descriptors: `fs` streams would each block a thread of libuv's pool. Only the
 * kernel can write to the directory, so no path in it can have been planted; O_NOFOLLOW holds it all the same.
 */

const { O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK, O_NOFOLLOW } = constants;

/** One input FIFO: a socket to write, and a read end that keeps it open until the program has its own. */
class InputEnd {
  readonly socket: Socket;
  #keeper: number | undefined;

  constructor(path: string) {
    this.#keeper = openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
    this.socket = openToWrite(path);
  }

  /** The reader is there: from now on its death is end-of-pipe for the writer. */
  handOver(): void {
    if (this.#keeper !== undefined) closeSync(this.#keeper);
    this.#keeper = undefined;
  }

  [Symbol.dispose](): void {
    this.handOver();
    this.socket.destroy();
  }
}

function openToWrite(path: string): Socket {
  const fd = openSync(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
  const socket = new Socket({ fd, readable: false, writable: true });
  // A program that ends before it has read its input is not an error of anybody's.
  socket.on("error", () => socket.destroy());
  return socket;
}

/** The input of a program that reads it already. */
export const openInput = (dir: string): Socket => openToWrite(join(dir, "stdin"));

export class GateEnds implements Disposable {
  readonly #stdin: InputEnd;
  readonly #launch: InputEnd;
  readonly #report: Socket;
  /** Keeps the report open until the gate has its own end of it. */
  #reportKeeper: number | undefined;

  constructor(dir: string) {
    this.#stdin = new InputEnd(join(dir, "stdin"));
    this.#launch = new InputEnd(join(dir, "launch"));
    const fd = openSync(join(dir, "report"), O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    this.#reportKeeper = openSync(join(dir, "report"), O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
    this.#report = new Socket({ fd, readable: true, writable: false });
    this.#report.on("error", () => this.#report.destroy());
  }

  /** The program's input. */
  get stdin(): Socket {
    return this.#stdin.socket;
  }

  /** The gate's words, each once. */
  async *reports(): AsyncGenerator<GateReport> {
    let text = "";
    for await (const chunk of this.#report) {
      text += String(chunk);
      for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n")) {
        const word = text.slice(0, end);
        text = text.slice(end + 1);
        if (!isGateReport(word)) return;
        yield word;
      }
      if (text.length > 4096) return;
    }
  }

  /** Writes the launch message. Call after the gate has said `ready`: it holds all its ends then. */
  launch(message: string): void {
    this.#stdin.handOver();
    this.#launch.handOver();
    this.#launch.socket.end(message);
  }

  /** Closes what only the gate uses; the program cannot reach the kernel through it afterwards. */
  closeGate(): void {
    if (this.#reportKeeper !== undefined) closeSync(this.#reportKeeper);
    this.#reportKeeper = undefined;
    this.#report.destroy();
    this.#launch[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.closeGate();
    this.#stdin[Symbol.dispose]();
  }
}
