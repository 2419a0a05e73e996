import type { TerminalSize } from "../../../kernel/abi/index.ts";

/**
 * Whose window a terminal fits when several look at it: that of whoever came to it last; the others see that size. Pure.
 *
 * A window that is not the last one's never changes the size, however it changes itself.
 */

const largest = 1000;
export const sameSize = (a: TerminalSize, b: TerminalSize): boolean => a.rows === b.rows && a.columns === b.columns;
const within = (count: number): number => Math.min(Math.max(Math.floor(count), 1), largest);

export class SizeClaim {
  readonly #ask: (size: TerminalSize) => void;
  readonly #show: (size: TerminalSize) => void;
  /** The size that is drawn. */
  #size: TerminalSize;
  /** The size that the kernel told last. */
  #told: TerminalSize;
  #mine = false;
  /** What was asked for and not yet told: on its way the kernel tells each. */
  #asked: TerminalSize[] = [];

  /** `ask` asks for a size, `show` draws in it. */
  constructor(
    size: TerminalSize,
    { ask, show }: { ask: (size: TerminalSize) => void; show: (size: TerminalSize) => void },
  ) {
    this.#size = size;
    this.#told = size;
    this.#ask = ask;
    this.#show = show;
  }

  /** Whether the size is this window's to say. */
  get mine(): boolean {
    return this.#mine;
  }

  /** The person came to this window, which has room for `room`. */
  claim(room: TerminalSize): void {
    const wanted = { rows: within(room.rows), columns: within(room.columns) };
    this.#mine = true;
    if (sameSize(wanted, this.#size)) return;
    this.#asked.push(wanted);
    this.#draw(wanted);
    this.#ask(wanted);
  }

  /** This window has changed. */
  moved(room: TerminalSize): void {
    if (this.#mine) this.claim(room);
  }

  /** The kernel says what size it has. */
  told(size: TerminalSize): void {
    this.#told = size;
    if (sameSize(size, this.#size)) {
      this.#asked = [];
      return;
    }
    if (this.#asked.some((asked) => sameSize(asked, size))) return;
    this.#giveUp();
  }

  /** What was asked for is not to be had. */
  refused(): void {
    this.#giveUp();
  }

  #giveUp(): void {
    this.#mine = false;
    this.#asked = [];
    this.#draw(this.#told);
  }

  #draw(size: TerminalSize): void {
    if (sameSize(size, this.#size)) return;
    this.#size = size;
    this.#show(size);
  }
}
