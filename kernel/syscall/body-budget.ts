/**
 * How many bytes of unparsed requests are held at a time, of all processes together.
 *
 * What would be more is refused: a box has little memory of its own, but many connections to the kernel's.
 */
export class BodyBudget {
  #left: number;

  constructor(limitBytes: number) {
    this.#left = limitBytes;
  }

  /** Whether so many more may be held. They count until they are given back, also those that were one too many. */
  take(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}
