/**
 * Output on the wire: a sequence of frames, each `type: u8, length: u32 big-endian, payload`.
 *
 * The same bytes lie in the spool, cross the kernel's socket and the gateway, and are read by the CLI and the
 * browser, so nothing between them parses output. Offsets are per stream: a reader that starts at `(a, b)` counts
 * from there; a `gap` frame moves both counters when the oldest bytes were dropped under the `OUT` quota.
 * Portable: no Node and no DOM, only typed arrays.
 */

export const frameType = { stdout: 1, stderr: 2, gap: 3, end: 4 } as const;
export const frameHeaderBytes = 5;
/** The largest payload a frame may hold. */
export const frameLimitBytes = 1 << 20;

export type Frame =
  | { type: "stdout" | "stderr"; data: Uint8Array }
  /**
   * The next byte of each stream has this offset; what lay before it was dropped. One that moves neither stream says that
   * bytes may be lost here, nobody knows how many: what kept the output was killed.
   */
  | { type: "gap"; stdout: number; stderr: number }
  /** The process has ended and every byte was sent; `payload` is its outcome as JSON in UTF-8. */
  | { type: "end"; payload: Uint8Array };

export function frameHeader(type: keyof typeof frameType, length: number): Uint8Array {
  const header = new Uint8Array(frameHeaderBytes);
  header[0] = frameType[type];
  new DataView(header.buffer).setUint32(1, length);
  return header;
}

export function gapFrame(stdout: number, stderr: number): Uint8Array {
  const bytes = new Uint8Array(frameHeaderBytes + 16);
  bytes.set(frameHeader("gap", 16));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(frameHeaderBytes, BigInt(stdout));
  view.setBigUint64(frameHeaderBytes + 8, BigInt(stderr));
  return bytes;
}

export function endFrame(payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(frameHeaderBytes + payload.length);
  bytes.set(frameHeader("end", payload.length));
  bytes.set(payload, frameHeaderBytes);
  return bytes;
}

function decode(type: number, payload: Uint8Array): Frame {
  if (type === frameType.gap && payload.length !== 16) throw new Error("not a frame: a gap has 16 bytes");
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  switch (type) {
    case frameType.stdout:
      return { type: "stdout", data: payload };
    case frameType.stderr:
      return { type: "stderr", data: payload };
    case frameType.gap:
      return { type: "gap", stdout: Number(view.getBigUint64(0)), stderr: Number(view.getBigUint64(8)) };
    case frameType.end:
      return { type: "end", payload };
    default:
      throw new Error(`not a frame: type ${type}`);
  }
}

/** Cuts a byte stream into frames; `push` returns the frames that became whole. Output payloads may come in parts. */
export class FrameDecoder {
  #header = new Uint8Array(frameHeaderBytes);
  #headerFill = 0;
  #type = 0;
  #left = 0;
  #control: Uint8Array[] = [];

  push(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#headerFill < frameHeaderBytes) {
        const take = Math.min(frameHeaderBytes - this.#headerFill, chunk.length - at);
        this.#header.set(chunk.subarray(at, at + take), this.#headerFill);
        this.#headerFill += take;
        at += take;
        if (this.#headerFill < frameHeaderBytes) break;
        this.#type = this.#header[0] ?? 0;
        this.#left = new DataView(this.#header.buffer).getUint32(1);
        if (this.#left > frameLimitBytes) throw new Error("not a frame: too long");
      }
      const part = chunk.subarray(at, at + this.#left);
      at += part.length;
      this.#left -= part.length;
      this.#take(part, frames);
      if (this.#left === 0) this.#headerFill = 0;
    }
    return frames;
  }

  #take(part: Uint8Array, frames: Frame[]): void {
    if (this.#type === frameType.stdout || this.#type === frameType.stderr) {
      if (part.length > 0) frames.push(decode(this.#type, part));
      return;
    }
    this.#control.push(part.slice());
    if (this.#left > 0) return;
    const whole = new Uint8Array(this.#control.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of this.#control) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.#control = [];
    frames.push(decode(this.#type, whole));
  }
}
