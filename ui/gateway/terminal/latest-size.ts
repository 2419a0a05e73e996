import { Fault, type Pid, type TerminalSize } from "../../../kernel/abi/index.ts";

/**
 * Sets sizes one after another: while one terminal's size is being set only the newest of those that come waits.
 *
 * A window that is dragged gives a size for each pixel; what was overtaken counts as set.
 */

const terminalsAtOnce = 32;

interface Waiting {
  size: TerminalSize;
  done: PromiseWithResolvers<void>;
}

export class LatestSize {
  readonly #apply: (pid: Pid, size: TerminalSize) => Promise<void>;
  /** Terminals whose size is being set, with what waits for it. */
  readonly #busy = new Map<Pid, Waiting | undefined>();

  constructor(apply: (pid: Pid, size: TerminalSize) => Promise<void>) {
    this.#apply = apply;
  }

  /** Resolves once this size, or a newer one, is set. Faults: `exhausted`, and those of setting it. */
  async set(pid: Pid, size: TerminalSize): Promise<void> {
    if (this.#busy.has(pid)) return this.#wait(pid, size);
    if (this.#busy.size >= terminalsAtOnce)
      throw new Fault("exhausted", "too many terminals change their size at once");
    this.#busy.set(pid, undefined);
    try {
      await this.#apply(pid, size);
    } finally {
      this.#next(pid);
    }
  }

  #wait(pid: Pid, size: TerminalSize): Promise<void> {
    const done = this.#busy.get(pid)?.done ?? Promise.withResolvers<void>();
    this.#busy.set(pid, { size, done });
    return done.promise;
  }

  #next(pid: Pid): void {
    const waiting = this.#busy.get(pid);
    this.#busy.delete(pid);
    if (waiting !== undefined) this.set(pid, waiting.size).then(waiting.done.resolve, waiting.done.reject);
  }
}
