import { Readable } from "node:stream";
import { frameHeader, frameType, gapFrame } from "../abi/index.ts";
import { BufferPool } from "./buffer-pool.ts";
import { SpoolFile } from "./spool-file.ts";
import { frames, type Offsets, type Segment, segmentHeaderBytes, segmentPath } from "./spool-segment.ts";
import type { SpoolView } from "./spool-view.ts";

/**
 * Reads a spool from an offset of each stream, as the frames of `abi/frame.ts`.
 *
 * It copies file ranges, so output costs no parsing once the start is found; it holds at most one buffer, whatever
 * the consumer's speed; where the oldest bytes were dropped before it came to them it says so with a gap frame.
 */

const readBytes = 256 << 10;

export interface ReaderOptions {
  from: Offsets;
  /** Go on until the spool is sealed; otherwise end at what is there now. */
  follow: boolean;
  /** Hold the program back rather than miss bytes. */
  lossless: boolean;
}

/** What was read, and the pool's buffer that it lies in. */
interface Piece {
  data: Buffer;
  lent?: Buffer;
}

interface Reading extends ReaderOptions {
  /** Lends buffers for what is long. */
  pool?: BufferPool;
  gone: AbortSignal;
}

/** A pool of the buffers that `pourSpool` reads into. */
export const pourPool = (): BufferPool => new BufferPool(readBytes, 8);
/** Shorter pieces come from Node's own pool. */
const shortBytes = 16 << 10;

/**
 * Writes the frames, a buffer ahead. `write` resolves once it has no more use for what it was given: the buffers go round.
 * Ends early, also while it writes, on `signal`.
 */
export async function pourSpool(
  spool: SpoolView,
  options: ReaderOptions & { pool: BufferPool; signal: AbortSignal },
  write: (data: Buffer) => Promise<void>,
): Promise<void> {
  const { pool, signal } = options;
  let writing = Promise.resolve();
  for await (const { data, lent } of read(spool, { ...options, gone: signal })) {
    await unlessAborted(writing, signal);
    if (signal.aborted) return;
    // A buffer whose write failed may be on its way still: nobody else gets it.
    writing = write(data).then(() => {
      if (lent !== undefined) pool.give(lent);
    });
    // Who awaits it next learns of it.
    writing.catch(() => undefined);
  }
  await unlessAborted(writing, signal);
}

/** Resolves at the latest when `signal` aborts, and leaves nothing at it: a stream has any number of pieces. */
function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = (): void => resolve();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  work.then(resolve, reject);
  return promise.finally(() => signal.removeEventListener("abort", stop));
}

/** The stream of frames; destroy it to stop. Offsets must not lie beyond what is written. */
export function readSpool(spool: SpoolView, options: ReaderOptions): Readable {
  const gone = new AbortController();
  const source = read(spool, { ...options, gone: gone.signal });
  const stream: Readable = new Readable({
    highWaterMark: 2 * readBytes,
    read: () => {
      source.next().then(
        (next) => stream.push(next.done === true ? null : next.value.data),
        (error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    },
    // Aborted first: a generator that waits for output would otherwise come to its end only with the next output.
    destroy: (error, finished) => {
      gone.abort();
      source.return(undefined).then(
        () => finished(error),
        () => finished(error),
      );
    },
  });
  return stream;
}

async function* read(spool: SpoolView, options: Reading): AsyncGenerator<Piece> {
  const { gone } = options;
  const reader = {};
  /** What is still to be skipped; `undefined` once both streams have reached it. */
  let cursor: Offsets | undefined = options.from;
  let next = startSegment(spool, options.from);
  try {
    for (;;) {
      const segment = spool.segments.find((candidate) => candidate.index >= next);
      if (segment === undefined) {
        // It is only being made.
        if (spool.sealed || !options.follow || gone.aborted) return;
        await grown(spool, gone);
        continue;
      }
      if (options.lossless) spool.hold(reader, segment.index);
      if (segment.index > next) {
        cursor = furthest(cursor ?? segment.start, segment.start);
        yield { data: Buffer.from(gapFrame(cursor.stdout, cursor.stderr)) };
      }
      next = segment.index;
      if (cursor !== undefined && reached(segment.start, cursor)) cursor = undefined;
      const file = openSegment(spool, segment);
      if (file === undefined) {
        // Who drops it is another process, which has yet to say so.
        if (spool.segments.includes(segment) && !gone.aborted) await grown(spool, gone);
        if (gone.aborted) return;
        continue;
      }
      next = segment.index + 1;
      using held = file;
      const at: number = cursor === undefined ? segmentHeaderBytes : yield* seek(held, segment, cursor);
      const ended: boolean = yield* copy(spool, options, { segment, file: held, at });
      if (ended) return;
    }
  } finally {
    if (options.lossless) spool.hold(reader, undefined);
  }
}

function openSegment(spool: SpoolView, segment: Segment): SpoolFile | undefined {
  try {
    return new SpoolFile(segmentPath(spool.dir, segment.index));
  } catch (error) {
    // Dropped since it was found: the next one there is follows a gap.
    if (!spool.segments.includes(segment) || !spool.sealed) return undefined;
    throw error;
  }
}

const reached = (at: Offsets, cursor: Offsets): boolean => at.stdout >= cursor.stdout && at.stderr >= cursor.stderr;

const furthest = (a: Offsets, b: Offsets): Offsets => ({
  stdout: Math.max(a.stdout, b.stdout),
  stderr: Math.max(a.stderr, b.stderr),
});

/** The last segment that starts at or before both offsets; one before the oldest where that one is dropped. */
function startSegment(spool: SpoolView, from: Offsets): number {
  const found = spool.segments.findLast((segment) => reached(from, segment.start));
  return found?.index ?? (spool.segments[0]?.index ?? 1) - 1;
}

/** Copies a segment from `at`; returns whether the reader is at its end, rather than at the segment's. */
async function* copy(
  spool: SpoolView,
  { follow, gone, pool }: Reading,
  from: { segment: Segment; file: SpoolFile; at: number },
): AsyncGenerator<Piece, boolean> {
  const { segment, file } = from;
  let at = from.at;
  while (!gone.aborted) {
    const sealed = spool.sealed;
    const last = (spool.segments.at(-1)?.index ?? -1) <= segment.index;
    if (at < segment.size) {
      const length = Math.min(readBytes, segment.size - at);
      const lent = length > shortBytes ? pool?.take() : undefined;
      const buffer = lent ?? Buffer.allocUnsafe(length);
      const bytesRead = await file.read(buffer, length, at);
      if (bytesRead === 0) {
        if (segment.size === Infinity) return false;
        throw new Error("a segment is shorter than it says");
      }
      at += bytesRead;
      const data = buffer.subarray(0, bytesRead);
      yield lent === undefined ? { data } : { data, lent };
    } else if (!last) {
      return false;
    } else if (sealed || !follow) {
      return true;
    } else {
      await grown(spool, gone);
    }
  }
  return true;
}

/** Emits what lies beyond the cursor, frame by frame, until both streams have reached it; returns where to go on. */
async function* seek(file: SpoolFile, segment: Segment, cursor: Offsets): AsyncGenerator<Piece, number> {
  const seen = { ...segment.start };
  let at = segmentHeaderBytes;
  for await (const frame of frames(file, at, segment.size)) {
    if (reached(seen, cursor)) return at;
    if (frame.type === frameType.gap) {
      const { stdout, stderr } = furthest(seen, cursor);
      yield { data: Buffer.from(gapFrame(stdout, stderr)) };
      at = frame.at + frame.length;
      continue;
    }
    const stream = frame.type === frameType.stdout ? "stdout" : "stderr";
    const skip = Math.min(frame.length, Math.max(0, cursor[stream] - seen[stream]));
    if (skip < frame.length) {
      const payload = Buffer.alloc(frame.length - skip);
      await file.read(payload, payload.length, frame.at + skip);
      yield { data: Buffer.concat([frameHeader(stream, payload.length), payload]) };
    }
    seen[stream] += frame.length;
    at = frame.at + frame.length;
  }
  return at;
}

function grown(spool: SpoolView, gone: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => {
    spool.off("grown", done);
    gone.removeEventListener("abort", done);
    resolve();
  };
  spool.on("grown", done);
  gone.addEventListener("abort", done);
  return promise;
}
