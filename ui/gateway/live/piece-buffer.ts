/**
 * Gathers output into pieces: neighbours of one stream become one, up to a limit. Order is kept by who takes a piece
 * before another stream goes on.
 *
 * The memory of long pieces goes round once they are released. A client that says too early that it has a piece gets other
 * bytes of its own output in its place, never somebody else's: what one subscription releases only that one uses.
 */

export const pieceLimitBytes = 256 << 10;
/** Shorter pieces are copied, so that a few bytes do not hold a whole buffer until their ack. */
const shortBytes = 16 << 10;
/** As many as the window lets out. */
const keptBuffers = 4;

type Stream = "stdout" | "stderr";

export interface GatheredPiece {
  stream: Stream;
  data: Buffer;
  /** Nobody reads `data` any more. Once. */
  release: () => void;
}

export class PieceBuffer {
  #stream: Stream = "stdout";
  #buffer: Buffer | undefined;
  #fill = 0;
  readonly #free: Buffer[] = [];

  /** Copies what fits behind what is there; returns how much. None of another stream than what is there. */
  append(stream: Stream, data: Uint8Array): number {
    if (this.#fill > 0 && stream !== this.#stream) return 0;
    this.#stream = stream;
    this.#buffer ??= this.#free.pop() ?? Buffer.allocUnsafeSlow(pieceLimitBytes);
    const taken = Math.min(data.length, pieceLimitBytes - this.#fill);
    this.#buffer.set(taken === data.length ? data : data.subarray(0, taken), this.#fill);
    this.#fill += taken;
    return taken;
  }

  /** What was gathered, if anything. */
  take(): GatheredPiece | undefined {
    const buffer = this.#buffer;
    if (buffer === undefined || this.#fill === 0) return undefined;
    const stream = this.#stream;
    const data = buffer.subarray(0, this.#fill);
    this.#fill = 0;
    if (data.length < shortBytes) return { stream, data: Buffer.from(data), release: () => undefined };
    this.#buffer = undefined;
    const release = (): void => {
      if (this.#free.length < keptBuffers) this.#free.push(buffer);
    };
    return { stream, data, release };
  }
}
