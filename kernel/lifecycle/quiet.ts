/**
 * When making and removing containers may go on after one was taken, so that the program which has it starts undisturbed.
 *
 * What is taken within a short time is one series: it is waited for until nothing was taken for that time, and at most for
 * so long after its first. Pure.
 */

/** All in milliseconds of one clock. */
export interface QuietLimits {
  /** How long after the last of a series. */
  afterLastMs: number;
  /** How long after the first of a series. */
  afterFirstMs: number;
}

export class Quiet {
  readonly #limits: QuietLimits;
  #first = -Infinity;
  #last = -Infinity;

  constructor(limits: QuietLimits) {
    this.#limits = limits;
  }

  /** One was taken. */
  note(at: number): void {
    if (at - this.#last > this.#limits.afterLastMs) this.#first = at;
    this.#last = at;
  }

  /** How long to wait: 0 for not at all. Whoever runs short waits for the first of a series alone: others follow it. */
  waitMs(at: number, { short = false } = {}): number {
    const { afterLastMs, afterFirstMs } = this.#limits;
    if (short && this.#last !== this.#first) return 0;
    return Math.max(0, Math.min(this.#last + afterLastMs, this.#first + afterFirstMs) - at);
  }
}
