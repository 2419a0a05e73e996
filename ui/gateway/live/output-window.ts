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

  /** Takes room for a piece; the returned function gives it back, once however often it is called. */
  take(bytes: number): () => void {
    this.#bytes += bytes;
    this.#pieces += 1;
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      this.#bytes -= bytes;
      this.#pieces -= 1;
      this.#wake();
    };
  }

  /** Resolves when there is room, or at once after `close`. One waits at a time. */
  async room(): Promise<void> {
    while (!this.#closed && (this.#bytes >= windowBytes || this.#pieces >= windowPieces)) {
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
