import type { Pid } from "../abi/index.ts";

/**
 * Which processes wait in a call for something to happen, for the scheduler: they have no use for a CPU.
 *
 * A process may wait in several calls at a time; only its first and its last are told. A wait that is soon over is not told
 * at all: nobody else could have made use of it.
 */
const soonMs = 25;

export class Waits {
  readonly #tell: (pid: Pid, waits: boolean) => void;
  readonly #soonMs: number;
  readonly #waiting = new Map<Pid, { count: number; told: boolean; timer: NodeJS.Timeout }>();

  constructor(tell: (pid: Pid, waits: boolean) => void, soon = soonMs) {
    this.#tell = tell;
    this.#soonMs = soon;
  }

  /** Begins one; returns how to end it, which may be called more than once. */
  begin(pid: Pid): () => void {
    const own = this.#waiting.get(pid) ?? { count: 0, told: false, timer: this.#tellSoon(pid) };
    own.count += 1;
    this.#waiting.set(pid, own);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      own.count -= 1;
      if (own.count > 0) return;
      clearTimeout(own.timer);
      this.#waiting.delete(pid);
      if (own.told) this.#tell(pid, false);
    };
  }

  #tellSoon(pid: Pid): NodeJS.Timeout {
    const timer = setTimeout(() => {
      const own = this.#waiting.get(pid);
      if (own === undefined) return;
      own.told = true;
      this.#tell(pid, true);
    }, this.#soonMs);
    return timer.unref();
  }
}
