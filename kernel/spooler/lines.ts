/**
 * Cuts a stream of bytes into lines; holds at most `limitBytes` of one that has not ended.
 *
 * Throws where a line is longer: the other side then does not speak this protocol.
 */
export class Lines {
  readonly #limitBytes: number;
  #parts: Buffer[] = [];
  #held = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let at = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, at)) {
      this.#parts.push(chunk.subarray(at, end));
      lines.push(Buffer.concat(this.#parts).toString("utf8"));
      this.#parts = [];
      this.#held = 0;
      at = end + 1;
    }
    if (at < chunk.length) {
      this.#parts.push(chunk.subarray(at));
      this.#held += chunk.length - at;
      if (this.#held > this.#limitBytes) throw new Error("a line is too long");
    }
    return lines;
  }
}
