import { setTimeout as sleep } from "node:timers/promises";
import { Fault, faultTable } from "../../../kernel/abi/index.ts";

/**
 * How long a lost connection is tried again: quickly at first, every two seconds at most, for 30 s in all.
 *
 * Only what can succeed later is tried again. `denied` counts as such here, because SuperOS that starts again gives
 * this command a new token, and the old one is refused until it is read.
 */

const patienceMs = 30_000;
const firstPauseMs = 100;
const longestPauseMs = 2000;

export class Backoff {
  readonly #clock: () => number;
  #failingSince: number | undefined;
  #pauseMs = firstPauseMs;

  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** The connection stands again. */
  reset(): void {
    this.#failingSince = undefined;
    this.#pauseMs = firstPauseMs;
  }

  /** How long to wait before the next try, or `undefined` when this failure should be reported. */
  next(failure: unknown): number | undefined {
    if (!(failure instanceof Fault)) return undefined;
    if (!faultTable[failure.code].retry && failure.code !== "denied") return undefined;
    const now = this.#clock();
    this.#failingSince ??= now;
    if (now - this.#failingSince >= patienceMs) return undefined;
    const pause = this.#pauseMs;
    this.#pauseMs = Math.min(pause * 2, longestPauseMs);
    return pause;
  }
}

/**
 * Does `work` until it succeeds or its failure will not pass. `work` calls `standing` when the connection stands;
 * a connection that never stood is not tried again.
 */
export async function persist<T>(
  work: (standing: () => void) => Promise<T>,
  options: { stoodBefore: boolean; signal?: AbortSignal },
): Promise<T> {
  const backoff = new Backoff();
  let stood = options.stoodBefore;
  for (;;) {
    try {
      return await work(() => {
        stood = true;
        backoff.reset();
      });
    } catch (error) {
      const pause = stood ? backoff.next(error) : undefined;
      if (pause === undefined) throw error;
      await sleep(pause, undefined, options.signal === undefined ? {} : { signal: options.signal });
    }
  }
}
