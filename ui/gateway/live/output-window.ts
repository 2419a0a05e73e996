/**
 * How much of one subscription may be under way to a client without its ack: so many bytes, in so many pieces.
 *
 * Pieces are bounded too, for a program that writes single bytes would fill memory with what each piece costs.
 */

export const windowBytes = 1 << 20;
const windowPieces = 256;

export class OutputWindow {
  #bytes = 0;
  #pieces = 0;
  #waiting: (() => void) | undefined;
  #closed = false;

  /** Takes room for a piece; the returned function gives it back, and says whether it did: once. */
  take(bytes: number): () => boolean {
    this.#bytes += bytes;
    this.#pieces += 1;
    let taken = true;
    return () => {
      if (!taken) return false;
      taken = false;
      this.#bytes -= bytes;
      this.#pieces -= 1;
      this.#wake();
      return true;
    };
  }

  get full(): boolean {
    return this.#bytes >= windowBytes || this.#pieces >= windowPieces;
  }

  /** Resolves when there is room, or at once after `close`. One waits at a time. */
  async room(): Promise<void> {
    while (!this.#closed && this.full) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }
}
