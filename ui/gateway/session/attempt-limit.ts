import { Fault } from "../../../kernel/abi/index.ts";

/**
 * Bounds how often signing in may fail: so many failures in so long a time, for the whole instance.
 *
 * An attempt counts as failed until it has succeeded, so that attempts at the same time cannot pass together. Holds
 * at most one time per allowed failure.
 */
export class AttemptLimit {
  readonly #options: { failures: number; withinMs: number; now: () => number };
  #failures: number[] = [];

  constructor(options: { failures: number; withinMs: number; now: () => number }) {
    this.#options = options;
  }

  /** Runs an attempt. A `denied` counts as a failure; other faults say nothing about the secret. */
  async attempt<T>(work: () => Promise<T>): Promise<T> {
    const { failures, withinMs, now } = this.#options;
    const at = now();
    this.#failures = this.#failures.filter((time) => at - time < withinMs);
    if (this.#failures.length >= failures) {
      const hint = "Wait a minute, then try again.";
      throw new Fault("exhausted", "too many sign-ins have failed", { hint });
    }
    this.#failures.push(at);
    try {
      const result = await work();
      this.#forget(at);
      return result;
    } catch (error) {
      if (!(error instanceof Fault && error.code === "denied")) this.#forget(at);
      throw error;
    }
  }

  #forget(at: number): void {
    const index = this.#failures.indexOf(at);
    if (index !== -1) this.#failures.splice(index, 1);
  }
}
