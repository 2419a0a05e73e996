/**
 * Buffers of one size that go round: a flood through them makes no garbage, which costs more than the copying.
 *
 * Whoever gives one back has no use for what lies in it, and nobody else has.
 */
export class BufferPool {
  readonly bytes: number;
  readonly #kept: number;
  readonly #free: Buffer[] = [];

  constructor(bytes: number, kept: number) {
    this.bytes = bytes;
    this.#kept = kept;
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.bytes);
  }

  give(buffer: Buffer): void {
    if (this.#free.length < this.#kept) this.#free.push(buffer);
  }
}
