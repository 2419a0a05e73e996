import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Pid } from "../abi/index.ts";
import { Pipe, type PipeEnd } from "./pipe.ts";

/** The pipes of processes of which each reads what the one before it writes. */
export class PipeRow implements Disposable {
  #pipes: readonly Pipe[];

  private constructor(pipes: readonly Pipe[]) {
    this.#pipes = pipes;
  }

  /** Makes the pipes between these processes, in their order, below a directory of the kernel's own. */
  static async lay(dir: string, pids: readonly Pid[]): Promise<PipeRow> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    using made = new DisposableStack();
    const pipes: Pipe[] = [];
    for (const pid of pids.slice(1)) pipes.push(made.use(await Pipe.make(join(dir, String(pid)))));
    made.move();
    return new PipeRow(pipes);
  }

  /** What the process at this place has of them. */
  endsOf(index: number): Partial<Record<PipeEnd, Pipe>> {
    const [stdin, stdout] = [this.#pipes[index - 1], this.#pipes[index]];
    return { ...(stdin === undefined ? {} : { stdin }), ...(stdout === undefined ? {} : { stdout }) };
  }

  /** From now on they are its who starts the processes. */
  handOver(): void {
    this.#pipes = [];
  }

  [Symbol.dispose](): void {
    for (const pipe of this.#pipes) pipe[Symbol.dispose]();
  }
}
