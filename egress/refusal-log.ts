import type { Pid } from "../kernel/abi/index.ts";
import type { Log } from "../kernel/client/index.ts";

/**
 * One log line per refused connection, and no way to fill a disk with them.
 *
 * A process that is refused all the time has so many lines per window; how many were left out is said with the first
 * line of the next. A line holds where to and why, never a path, a query or a body.
 */

const mostPerWindow = 20;
const windowMs = 60_000;
/** Past so many processes those whose window is over are forgotten. */
const sweepAt = 1024;

interface Window {
  since: number;
  lines: number;
  leftOut: number;
}

export class RefusalLog {
  readonly #log: Log;
  readonly #now: () => number;
  readonly #windows = new Map<Pid, Window>();

  constructor({ log, now }: { log: Log; now: () => number }) {
    this.#log = log;
    this.#now = now;
  }

  refused(pid: Pid, details: { to: string; why: string }): void {
    const now = this.#now();
    const last = this.#windows.get(pid);
    const current = last !== undefined && now - last.since < windowMs ? last : undefined;
    if (current !== undefined && current.lines >= mostPerWindow) {
      current.leftOut += 1;
      return;
    }
    if (current === undefined) {
      this.#sweep(now);
      this.#windows.set(pid, { since: now, lines: 1, leftOut: 0 });
    } else {
      current.lines += 1;
    }
    const leftOut = current === undefined ? (last?.leftOut ?? 0) : 0;
    this.#log("warn", "refused", { pid, ...details, ...(leftOut === 0 ? {} : { leftOut }) });
  }

  #sweep(now: number): void {
    if (this.#windows.size < sweepAt) return;
    for (const [pid, window] of this.#windows) if (now - window.since >= windowMs) this.#windows.delete(pid);
  }
}
