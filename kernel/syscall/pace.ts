import { setTimeout as sleep } from "node:timers/promises";

/**
 * How fast one process may call: so many calls at a time, and so many a second of those that leave a row in the audit log.
 *
 * A call that comes too fast waits and is then answered like any other; nothing is dropped, and the kernel's log grows no
 * faster than this lets it.
 */

const atOnce = 64;
const burstRows = 200;
const rowsPerSecond = 20;
const pauseMs = 50;

export class Pace {
  readonly #now: () => number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #rows = burstRows;
  #at: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#at = now();
  }

  /** Resolves when the call may go on; each that went on leaves. */
  async enter(gone: AbortSignal): Promise<void> {
    if (this.#running >= atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    while (this.#left() < 1 && !gone.aborted) await sleep(pauseMs);
  }

  leave(): void {
    this.#running -= 1;
    this.#waiting.shift()?.();
  }

  /** A call has left a row. */
  row(): void {
    this.#rows = this.#left() - 1;
  }

  #left(): number {
    const now = this.#now();
    this.#rows = Math.min(burstRows, this.#rows + ((now - this.#at) / 1000) * rowsPerSecond);
    this.#at = now;
    return this.#rows;
  }
}
