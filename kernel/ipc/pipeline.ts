import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Fault, type Pid, toFault } from "../abi/index.ts";
import { Pipe, type PipeEnd } from "./pipe.ts";

/**
 * Processes of which each reads what the one before it writes: their pipes, and that they start together or not at all.
 *
 * A program of it begins only when every gate stands open with its ends of the pipes. What keeps one of them from starting
 * is told to all.
 */

export class Pipeline implements Disposable {
  readonly #pipes: readonly Pipe[];
  readonly #open = Promise.withResolvers<void>();
  readonly #acts: ((failure: Fault) => void)[] = [];
  #waiting: number;
  #failure: Fault | undefined;

  private constructor(pipes: readonly Pipe[]) {
    this.#pipes = pipes;
    this.#waiting = pipes.length + 1;
    this.#open.promise.catch(() => undefined);
  }

  /** Makes the pipes between these processes, in their order, below a directory of the kernel's own. */
  static async lay(dir: string, pids: readonly Pid[]): Promise<Pipeline> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const pipes: Pipe[] = [];
    try {
      for (const pid of pids.slice(1)) pipes.push(await Pipe.make(join(dir, String(pid))));
    } catch (error) {
      for (const pipe of pipes) pipe[Symbol.dispose]();
      throw error;
    }
    return new Pipeline(pipes);
  }

  stage(index: number): Stage {
    return new Stage(this, { stdin: this.#pipes[index - 1], stdout: this.#pipes[index] });
  }

  /** What kept it from starting as a whole. */
  get failure(): Fault | undefined {
    return this.#failure;
  }

  /** One more stands at its gate. Resolves when all do. Faults: what kept another from it. */
  arrive(): Promise<void> {
    this.#waiting -= 1;
    if (this.#waiting === 0) this.#open.resolve();
    return this.#open.promise;
  }

  /** Something keeps one of them from starting. The first reason counts. */
  fail(reason: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = toFault(reason);
    this.#open.reject(new Fault("bad_state", "another stage of the pipeline did not start"));
    this[Symbol.dispose]();
    for (const act of this.#acts.splice(0)) act(this.#failure);
  }

  /** Calls `act` when it fails, or now when it has. */
  whenFailed(act: (failure: Fault) => void): void {
    if (this.#failure === undefined) this.#acts.push(act);
    else act(this.#failure);
  }

  [Symbol.dispose](): void {
    for (const pipe of this.#pipes) pipe[Symbol.dispose]();
  }
}

/** What one process has of its pipeline. */
export class Stage {
  readonly pipeline: Pipeline;
  readonly #ends: Readonly<Record<PipeEnd, Pipe | undefined>>;

  constructor(pipeline: Pipeline, ends: Readonly<Record<PipeEnd, Pipe | undefined>>) {
    this.pipeline = pipeline;
    this.#ends = ends;
  }

  /** Whether this stream of the program is a pipe, and no affair of the kernel's. */
  has(stream: string): boolean {
    return (stream === "stdin" || stream === "stdout") && this.#ends[stream] !== undefined;
  }

  /** Puts its ends into the process's directory, in place of what is there; before its container starts. */
  async place(processDir: string): Promise<void> {
    for (const end of ["stdin", "stdout"] as const) await this.#ends[end]?.place(end, processDir);
  }

  /** Its gate has its ends open. */
  opened(): void {
    for (const end of ["stdin", "stdout"] as const) this.#ends[end]?.opened(end);
  }
}
