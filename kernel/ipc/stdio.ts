import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { type GateFifo, gateFifos, type GateReport, isGateReport } from "../isolation/gate.ts";
import { openToWrite, OutputEnd } from "./output-end.ts";

/**
 * The kernel's ends of a process's FIFOs: its input, and what it says to the gate and hears from it.
 *
 * The program's output is the spooler's. Only the kernel can write to the directory, so no path in it can have been
 * planted; O_NOFOLLOW holds it all the same.
 */

const { O_RDWR, O_NONBLOCK, O_NOFOLLOW } = constants;
const run = promisify(execFile);

/** Makes the process's directory, mode 0755 below a parent that only the kernel can enter. */
export async function makeProcessDirectory(dir: string): Promise<void> {
  await mkdir(dir, { mode: 0o755 });
  await chmod(dir, 0o755);
}

/** Makes the FIFOs in processes' directories; for many it takes as long as for one. */
export async function makeFifos(...dirs: readonly string[]): Promise<void> {
  const names = Object.keys(gateFifos) as GateFifo[];
  const modes = [...new Set(names.map((name) => gateFifos[name].mode))];
  await Promise.all(
    modes.map((mode) => {
      const ofMode = names.filter((name) => gateFifos[name].mode === mode);
      const paths = dirs.flatMap((dir) => ofMode.map((name) => join(dir, name)));
      return run("mkfifo", ["-m", mode, "--", ...paths]);
    }),
  );
}

/** One input FIFO: a socket to write, and a read end that keeps it open until the program has its own. */
class InputEnd {
  readonly socket: Socket;
  #keeper: number | undefined;

  constructor(path: string) {
    this.#keeper = openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
    this.socket = writer(openToWrite(path));
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

export interface GateEndsOptions {
  /** Whether the program's input comes through the kernel: not that of a terminal, nor another program's output. */
  stdin?: boolean;
}

export class GateEnds implements Disposable {
  readonly #stdin: InputEnd | undefined;
  readonly #launch: InputEnd;
  readonly #report: OutputEnd;

  constructor(dir: string, { stdin = true }: GateEndsOptions = {}) {
    using opened = new DisposableStack();
    this.#report = opened.use(new OutputEnd(join(dir, "report")));
    this.#launch = opened.use(new InputEnd(join(dir, "launch")));
    this.#stdin = stdin ? opened.use(new InputEnd(join(dir, "stdin"))) : undefined;
    opened.move();
  }

  /** The program's input. */
  get stdin(): Socket | undefined {
    return this.#stdin?.socket;
  }

  /** The gate's words, each once. */
  async *reports(): AsyncGenerator<GateReport> {
    let text = "";
    for await (const chunk of this.#report.read()) {
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
    this.#stdin?.handOver();
    this.#launch.handOver();
    this.#launch.socket.end(message);
  }

  /** Closes what only the gate uses; the program cannot reach the kernel through it afterwards. */
  closeGate(): void {
    this.#report[Symbol.dispose]();
    this.#launch[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.closeGate();
    this.#stdin?.[Symbol.dispose]();
  }
}

/**
 * The input of a program that an earlier kernel launched; `undefined` where the program reads none any more. It has gone
 * on because the spooler held it open.
 */
export function reopenInput(dir: string): Socket | undefined {
  try {
    return writer(openToWrite(join(dir, "stdin")));
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENXIO" || error.code === "ENOENT"))
      return undefined;
    throw error;
  }
}

function writer(fd: number): Socket {
  const socket = new Socket({ fd, readable: false, writable: true });
  // A program that ends before it has read its input is not an error of anybody's.
  socket.on("error", () => socket.destroy());
  return socket;
}
