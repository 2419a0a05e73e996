/**
 * How many bytes of unparsed requests are held at a time: of one process, and of all together.
 *
 * What would be more is refused: a box has little memory of its own, but many connections to the kernel's.
 */
export class BodyBudget {
  readonly #all: BodyBudget | undefined;
  #left: number;

  /** With `all`, what is held here counts there as well. */
  constructor(limitBytes: number, all?: BodyBudget) {
    this.#left = limitBytes;
    this.#all = all;
  }

  /** Whether so many more may be held. They count until they are given back, also those that were one too many. */
  take(bytes: number): boolean {
    this.#left -= bytes;
    const ofAll = this.#all?.take(bytes) ?? true;
    return this.#left >= 0 && ofAll;
  }

  give(bytes: number): void {
    this.#left += bytes;
    this.#all?.give(bytes);
  }
}
