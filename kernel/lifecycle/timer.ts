/** A timer for any duration: the platform's own overflows after 24.8 days and would fire at once. */

const longestMs = 2 ** 31 - 1;

export class LongTimer implements Disposable {
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, fire: () => void) {
    const arm = (left: number): void => {
      const step = Math.min(left, longestMs);
      this.#timer = setTimeout(() => (left > step ? arm(left - step) : fire()), step);
    };
    arm(ms);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
