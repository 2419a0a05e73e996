import type { Frame } from "../../../kernel/abi/index.ts";

/**
 * From frames to the pieces that are sent: neighbours of one stream become one piece, up to a limit, for a message
 * costs far more than its bytes. Order is kept.
 */

export const pieceLimitBytes = 256 << 10;

export type Piece = { type: "stdout" | "stderr"; data: Buffer } | Extract<Frame, { type: "gap" | "end" }>;

export function piecesOf(frames: readonly Frame[]): Piece[] {
  const pieces: Piece[] = [];
  let run: { type: "stdout" | "stderr"; parts: Uint8Array[] } | undefined;
  const flush = (): void => {
    if (run === undefined) return;
    const { type, parts } = run;
    for (const data of cut(parts)) pieces.push({ type, data });
    run = undefined;
  };
  for (const frame of frames) {
    if (frame.type === "gap" || frame.type === "end") {
      flush();
      pieces.push(frame);
      continue;
    }
    if (run !== undefined && run.type !== frame.type) flush();
    run ??= { type: frame.type, parts: [] };
    run.parts.push(frame.data);
  }
  flush();
  return pieces;
}

function* cut(parts: readonly Uint8Array[]): Generator<Buffer> {
  const [first] = parts;
  const whole =
    parts.length === 1 && first !== undefined
      ? Buffer.from(first.buffer, first.byteOffset, first.byteLength)
      : Buffer.concat(parts);
  for (let at = 0; at < whole.length; at += pieceLimitBytes) yield whole.subarray(at, at + pieceLimitBytes);
}
