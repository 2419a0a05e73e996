import { join } from "node:path";
import { frameHeaderBytes, frameType } from "../abi/index.ts";
import { SpoolFile } from "./spool-file.ts";

/**
 * One file of a spool: a header with the byte offset of each stream at its start, then whole frames.
 *
 * Segments make the spool bounded (the oldest file is unlinked) and seekable (a reader starts at the last segment
 * that begins before its offsets). What a crash cut off in the middle of a frame is not part of the segment.
 */

export interface Offsets {
  stdout: number;
  stderr: number;
}

export interface Segment {
  readonly index: number;
  readonly start: Offsets;
  /**
   * Bytes of the file that hold whole frames, header included. Infinite for one that was dropped before its end was told:
   * it ends where its file does, which whoever has it open can still read.
   */
  size: number;
}

export const segmentHeaderBytes = 16;

export const segmentPath = (dir: string, index: number): string =>
  join(dir, `${String(index).padStart(8, "0")}.frames`);

export const segmentIndexOf = (file: string): number | undefined =>
  /^\d{8}\.frames$/.test(file) ? Number(file.slice(0, 8)) : undefined;

export function encodeSegmentHeader(start: Offsets): Buffer {
  const header = Buffer.alloc(segmentHeaderBytes);
  header.writeBigUInt64BE(BigInt(start.stdout), 0);
  header.writeBigUInt64BE(BigInt(start.stderr), 8);
  return header;
}

/** A frame's place in its segment. */
export interface FramePlace {
  type: number;
  /** Where the payload starts in the file. */
  at: number;
  length: number;
}

/** How much of a segment is looked at in one go for frame headers: short frames lie close together. */
const walkBytes = 64 << 10;

/** Walks the frame headers of a segment from `from`; stops before a frame that is not whole. */
export async function* frames(file: SpoolFile, from: number, size: number): AsyncGenerator<FramePlace> {
  const window = Buffer.allocUnsafe(Math.max(frameHeaderBytes, Math.min(walkBytes, size - from)));
  let start = from;
  let filled = 0;
  let at = from;
  while (at + frameHeaderBytes <= size) {
    if (at + frameHeaderBytes > start + filled) {
      start = at;
      filled = await file.read(window, Math.min(window.length, size - at), at);
      if (filled < frameHeaderBytes) return;
    }
    const place = {
      type: window.readUInt8(at - start),
      at: at + frameHeaderBytes,
      length: window.readUInt32BE(at - start + 1),
    };
    if (place.at + place.length > size) return;
    yield place;
    at = place.at + place.length;
  }
}

/** Reads a segment that an earlier run wrote: its start, its whole frames, and the offsets at its end. */
export async function inspectSegment(
  dir: string,
  index: number,
): Promise<{ segment: Segment; end: Offsets } | undefined> {
  using file = new SpoolFile(segmentPath(dir, index));
  const { size } = file;
  if (size < segmentHeaderBytes) return undefined;
  const header = Buffer.alloc(segmentHeaderBytes);
  await file.read(header, segmentHeaderBytes, 0);
  const start = { stdout: Number(header.readBigUInt64BE(0)), stderr: Number(header.readBigUInt64BE(8)) };
  const end = { ...start };
  let whole = segmentHeaderBytes;
  for await (const frame of frames(file, segmentHeaderBytes, size)) {
    if (frame.type === frameType.stdout) end.stdout += frame.length;
    if (frame.type === frameType.stderr) end.stderr += frame.length;
    whole = frame.at + frame.length;
  }
  return { segment: { index, start, size: whole }, end };
}
