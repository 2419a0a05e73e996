import { FrameDecoder } from "../../../kernel/abi/index.ts";
import type { KernelReply } from "../../../kernel/client/index.ts";

/** The end of what a process wrote, as text: at most `tailBytes` of each stream, from the beginning of a line. */

export const tailBytes = 1 << 20;

interface Tail {
  text: string;
  /** Whether something was written before. */
  cut: boolean;
}

/** Keeps the last bytes of one stream. */
class TailBuffer {
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;
  #cut: boolean;

  constructor(cut: boolean) {
    this.#cut = cut;
  }

  append(data: Uint8Array): void {
    this.#pieces.push(data);
    this.#bytes += data.length;
    // The last piece is kept whole: it is cut when the text is taken.
    for (
      let [first] = this.#pieces;
      first !== undefined && this.#bytes - first.length >= tailBytes;
      [first] = this.#pieces
    ) {
      this.#pieces.shift();
      this.#bytes -= first.length;
      this.#cut = true;
    }
  }

  /** What follows is not what came after it: bytes between them were dropped. */
  drop(): void {
    this.#pieces.length = 0;
    this.#bytes = 0;
    this.#cut = true;
  }

  take(): Tail {
    const whole = Buffer.concat(this.#pieces);
    const cut = this.#cut || whole.length > tailBytes;
    const text = whole.subarray(Math.max(0, whole.length - tailBytes)).toString("utf8");
    return { text: cut ? text.slice(text.indexOf("\n") + 1) : text, cut };
  }
}

/** Reads a stream of frames to its end. `begun` says of which stream it begins after the stream's beginning. */
export async function readTails(
  stream: KernelReply,
  begun: { stdout: boolean; stderr: boolean },
): Promise<{ stdout: Tail; stderr: Tail }> {
  const decoder = new FrameDecoder();
  const tails = { stdout: new TailBuffer(begun.stdout), stderr: new TailBuffer(begun.stderr) };
  for await (const chunk of stream) {
    for (const frame of decoder.push(chunk)) {
      if (frame.type === "stdout" || frame.type === "stderr") tails[frame.type].append(frame.data);
      else if (frame.type === "gap") {
        tails.stdout.drop();
        tails.stderr.drop();
      }
    }
  }
  return { stdout: tails.stdout.take(), stderr: tails.stderr.take() };
}
