import { type Frame, FrameDecoder } from "../abi/index.ts";
import type { Offsets } from "../ipc/spool-segment.ts";

/** Output for tests in which each byte follows from its stream and offset, so that none can stand in for another. */

export function content(stream: string, from: number, to: number): Buffer {
  const first = from - (from % 4);
  const words = Buffer.alloc(to - first + 4);
  for (let at = 0; at < words.length - 3; at += 4)
    words.writeUInt32BE(((first + at) * 2 + (stream === "stderr" ? 1 : 0)) >>> 0, at);
  return words.subarray(from - first, to - first);
}

/** Follows frames by their offsets and holds each byte against what it must be. */
export class ContentChecker {
  readonly at: Offsets = { stdout: 0, stderr: 0 };
  readonly gaps: Offsets[] = [];
  readonly #decoder = new FrameDecoder();

  push(chunk: Uint8Array): void {
    for (const frame of this.#decoder.push(chunk)) this.#take(frame);
  }

  #take(frame: Frame): void {
    if (frame.type === "end") throw new Error("a spool has no end frame");
    if (frame.type === "gap") {
      if (frame.stdout < this.at.stdout || frame.stderr < this.at.stderr) throw new Error("a gap goes back");
      this.gaps.push({ stdout: frame.stdout, stderr: frame.stderr });
      Object.assign(this.at, this.gaps.at(-1));
      return;
    }
    const from = this.at[frame.type];
    this.at[frame.type] = from + frame.data.length;
    if (!content(frame.type, from, this.at[frame.type]).equals(frame.data))
      throw new Error(`other bytes at ${from} of ${frame.type}`);
  }
}
