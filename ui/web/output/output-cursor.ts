/**
 * How far each stream of a process's output has been read. Pure.
 *
 * What always holds: every byte is handed on once and in order, whatever the connection repeats, and a byte that was
 * skipped is either reported by a gap or seen as a hole, never passed over.
 */
export type OutputStream = "stdout" | "stderr";

export type Taken =
  | { kind: "bytes"; data: Uint8Array }
  /** Everything in it had been handed on before. */
  | { kind: "repeated" }
  /** Bytes before it are missing: read again from the cursor. */
  | { kind: "hole" };

export class OutputCursor {
  #reached = { stdout: 0, stderr: 0 };

  /** The offset of the next byte of each stream. */
  get offsets(): { stdout: number; stderr: number } {
    return { ...this.#reached };
  }

  take(stream: OutputStream, offset: number, data: Uint8Array): Taken {
    const known = this.#reached[stream] - offset;
    if (known < 0) return { kind: "hole" };
    if (known >= data.length) return { kind: "repeated" };
    this.#reached[stream] = offset + data.length;
    return { kind: "bytes", data: data.subarray(known) };
  }

  /** The oldest bytes were dropped; returns how many of them had not been read. Never moves back. */
  gap(stdout: number, stderr: number): number {
    const before = this.#reached;
    this.#reached = { stdout: Math.max(before.stdout, stdout), stderr: Math.max(before.stderr, stderr) };
    return this.#reached.stdout - before.stdout + (this.#reached.stderr - before.stderr);
  }
}
