import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { type GateFifo, gateFifos, type GateReport, isGateReport } from "../isolation/gate.ts";
import type { Spool } from "./spool.ts";

/**
 * The kernel's ends of a process's FIFOs.
 *
 * For each output the kernel holds a write end of its own, so that end-of-file comes when the kernel says the
 * container is dead, never because a program closed its stdout. FIFOs are read as sockets on non-blocking
 * descriptors: `fs` streams would each block a thread of libuv's pool. Only the kernel can write to the directory, so
 * no path in it can have been planted; O_NOFOLLOW holds it all the same.
 */

const { O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK, O_NOFOLLOW } = constants;
const run = promisify(execFile);

/** Makes the process's directory, mode 0755 below a parent that only the kernel can enter. */
export async function makeProcessDirectory(dir: string): Promise<void> {
  await mkdir(dir, { mode: 0o755 });
  await chmod(dir, 0o755);
}

/** Makes the FIFOs in the process's directory. */
export async function makeFifos(dir: string): Promise<void> {
  const names = Object.keys(gateFifos) as GateFifo[];
  const modes = [...new Set(names.map((name) => gateFifos[name].mode))];
  await Promise.all(
    modes.map((mode) => {
      const paths = names.filter((name) => gateFifos[name].mode === mode).map((name) => join(dir, name));
      return run("mkfifo", ["-m", mode, "--", ...paths]);
    }),
  );
}

/** One output FIFO: a socket to read, and the write end that keeps it open. */
class OutputEnd {
  readonly socket: Socket;
  #keeper: number | undefined;

  constructor(path: string) {
    const fd = openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    this.#keeper = openSync(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
    this.socket = new Socket({ fd, readable: true, writable: false });
  }

  /** Lets end-of-file come once what is in the pipe was read. */
  release(): void {
    if (this.#keeper !== undefined) closeSync(this.#keeper);
    this.#keeper = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
    this.socket.destroy();
  }
}

/** One input FIFO: a socket to write, and a read end that keeps it open until the program has its own. */
class InputEnd {
  readonly socket: Socket;
  #keeper: number | undefined;

  constructor(path: string) {
    this.#keeper = openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
    const fd = openSync(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
    this.socket = new Socket({ fd, readable: false, writable: true });
    // A program that ends before it has read its input is not an error of anybody's.
    this.socket.on("error", () => this.socket.destroy());
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

export class Stdio implements Disposable {
  readonly #ends: Record<"stdout" | "stderr" | "report", OutputEnd> & Record<"stdin" | "launch", InputEnd>;
  readonly #drained: Promise<unknown>;
  readonly #stopPressure: () => void;

  constructor(dir: string, spool: Spool) {
    this.#ends = {
      stdout: new OutputEnd(join(dir, "stdout")),
      stderr: new OutputEnd(join(dir, "stderr")),
      report: new OutputEnd(join(dir, "report")),
      stdin: new InputEnd(join(dir, "stdin")),
      launch: new InputEnd(join(dir, "launch")),
    };
    const outputs = ["stdout", "stderr"] as const;
    for (const stream of outputs) {
      this.#ends[stream].socket.on("data", (data: Buffer) => spool.append(stream, data));
    }
    const sockets = outputs.map((stream) => this.#ends[stream].socket);
    const onPressure = (stop: boolean): void => {
      for (const socket of sockets)
        if (stop) socket.pause();
        else socket.resume();
    };
    spool.on("pressure", onPressure);
    this.#stopPressure = () => spool.off("pressure", onPressure);
    this.#drained = Promise.all(sockets.map((socket) => closed(socket)));
  }

  /** The program's input. */
  get stdin(): Socket {
    return this.#ends.stdin.socket;
  }

  /** The gate's words, each once. */
  async *reports(): AsyncGenerator<GateReport> {
    let text = "";
    for await (const chunk of this.#ends.report.socket) {
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
    this.#ends.stdin.handOver();
    this.#ends.launch.handOver();
    this.#ends.launch.socket.end(message);
  }

  /** Closes what only the gate uses; the program cannot reach the kernel through it afterwards. */
  closeGate(): void {
    this.#ends.report[Symbol.dispose]();
    this.#ends.launch[Symbol.dispose]();
  }

  /** After the container is dead: takes what is left in the pipes (64 KiB each), until their end. */
  async drain(): Promise<void> {
    this.#stopPressure();
    this.#ends.stdin[Symbol.dispose]();
    this.closeGate();
    for (const stream of ["stdout", "stderr"] as const) {
      this.#ends[stream].release();
      this.#ends[stream].socket.resume();
    }
    await this.#drained;
  }

  [Symbol.dispose](): void {
    for (const end of Object.values(this.#ends)) end[Symbol.dispose]();
  }
}

function closed(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once("close", () => resolve());
  socket.on("error", () => socket.destroy());
  return promise;
}
