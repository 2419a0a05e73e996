import type { Pid } from "../abi/index.ts";

/**
 * Which processes wait in a call for something to happen, for the scheduler: they have no use for a CPU.
 *
 * A process may wait in several calls at a time; only its first and its last are told.
 */
export class Waits {
  readonly #tell: (pid: Pid, waits: boolean) => void;
  readonly #counts = new Map<Pid, number>();

  constructor(tell: (pid: Pid, waits: boolean) => void) {
    this.#tell = tell;
  }

  /** Begins one; returns how to end it, which may be called more than once. */
  begin(pid: Pid): () => void {
    const before = this.#counts.get(pid) ?? 0;
    this.#counts.set(pid, before + 1);
    if (before === 0) this.#tell(pid, true);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      const left = (this.#counts.get(pid) ?? 1) - 1;
      if (left > 0) return void this.#counts.set(pid, left);
      this.#counts.delete(pid);
      this.#tell(pid, false);
    };
  }
}
