import { EventEmitter } from "node:events";
import { type FileHandle, mkdir, open, readdir, rm, unlink } from "node:fs/promises";
import { frameHeader, frameHeaderBytes, gapFrame } from "../abi/index.ts";
import {
  encodeSegmentHeader,
  inspectSegment,
  type Offsets,
  type Segment,
  segmentHeaderBytes,
  segmentIndexOf,
  segmentPath,
} from "./spool-segment.ts";
import type { SpoolView } from "./spool-view.ts";

/**
 * The output of one process on disk, as frames in the order in which they arrived.
 *
 * Bounded by the quota OUT, and by less while the disk is short: the oldest segment goes first. Memory is bounded by `pendingLimitBytes`: past it, and
 * while a lossless reader still needs the oldest segment, the spool asks its sources to stop (`pressure`), which
 * fills the pipe and makes the program wait. Bytes that were taken are never dropped before they are on disk.
 */

const pendingLimitBytes = 1 << 20;
/** How long output is held for a lossless reader that has not come, or has gone. */
const holdMs = 30_000;

export interface SpoolOptions {
  dir: string;
  limitBytes: number;
  /** Whether the disk is short: then it holds what it can do with, and grows no further. */
  scarce?: () => boolean;
}

interface SpoolEvents {
  /** Bytes became readable, or the spool was sealed. */
  grown: [];
  /** Sources must stop (`true`) or may go on. */
  pressure: [stop: boolean];
  /** Writing failed; the spool is sealed with what it holds. */
  failed: [error: unknown];
}

export class Spool extends EventEmitter<SpoolEvents> implements SpoolView {
  readonly #options: SpoolOptions;
  readonly #segmentBytes: number;
  #segments: Segment[] = [];
  #nextIndex = 0;
  #file: FileHandle | undefined;
  /** Taken, but not yet on disk. */
  #pending: { stream: "stdout" | "stderr"; data: Buffer }[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #written: Offsets = { stdout: 0, stderr: 0 };
  #sealed = false;
  #stopped = false;
  /** The segment that each lossless reader stands in. */
  readonly #holders = new Map<object, number>();
  #holdTimer: NodeJS.Timeout | undefined;

  private constructor(options: SpoolOptions) {
    super();
    this.setMaxListeners(0);
    this.#options = options;
    this.#segmentBytes = Math.min(8 << 20, Math.max(64 << 10, Math.floor(options.limitBytes / 8)));
  }

  /** A new, empty spool. With `hold`, nothing is dropped until a lossless reader has come and gone. */
  static async create(options: SpoolOptions, hold: boolean): Promise<Spool> {
    const spool = new Spool(options);
    await mkdir(options.dir, { recursive: true, mode: 0o700 });
    await spool.#rotate();
    if (hold) spool.#startHold();
    return spool;
  }

  /** The sealed spool that an earlier run of the kernel left. */
  static async load(options: SpoolOptions): Promise<Spool> {
    const spool = new Spool(options);
    spool.#sealed = true;
    const names = await readdir(options.dir).catch(() => []);
    const indexes = names.flatMap((name) => segmentIndexOf(name) ?? []);
    for (const index of indexes.toSorted((a, b) => a - b)) {
      spool.#nextIndex = index + 1;
      const found = await inspectSegment(options.dir, index);
      if (found === undefined) continue;
      spool.#segments.push(found.segment);
      spool.#written = found.end;
    }
    return spool;
  }

  /**
   * Goes on with a spool whose writer was killed. What that one had taken and not written is lost; nobody knows how much
   * it was, so a gap without a length says where.
   */
  static async resume(options: SpoolOptions, hold: boolean): Promise<Spool> {
    const spool = await Spool.load(options);
    spool.#sealed = false;
    const fresh = spool.#segments.length === 0;
    await mkdir(options.dir, { recursive: true, mode: 0o700 });
    await spool.#rotate();
    if (!fresh) await spool.#writeGap();
    if (hold) spool.#startHold();
    return spool;
  }

  get dir(): string {
    return this.#options.dir;
  }

  /** Bytes of each stream on disk so far, counted from the process's start. */
  get written(): Readonly<Offsets> {
    return this.#written;
  }

  get sealed(): boolean {
    return this.#sealed;
  }

  /** Segments that are still there, oldest first. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Takes bytes; the order of calls is the order on disk. */
  append(stream: "stdout" | "stderr", data: Buffer): void {
    if (this.#sealed) return;
    this.#pending.push({ stream, data });
    this.#pendingBytes += data.length;
    if (this.#pending.length === 1) this.#writing = this.#writing.then(() => this.#flush());
    this.#applyPressure();
  }

  /** Writes what was taken; after it nothing more is accepted and readers come to their end. */
  async seal(): Promise<void> {
    await this.#writing;
    this.#sealed = true;
    clearTimeout(this.#holdTimer);
    await this.#file?.close();
    this.#file = undefined;
    this.emit("grown");
  }

  async remove(): Promise<void> {
    await this.seal();
    await rm(this.#options.dir, { recursive: true, force: true });
  }

  /** A lossless reader says which segment it stands in, or, with `undefined`, that it is gone. */
  hold(reader: object, segment: number | undefined): void {
    clearTimeout(this.#holdTimer);
    this.#holdTimer = undefined;
    if (segment === undefined) {
      this.#holders.delete(reader);
      if (this.#holders.size === 0 && !this.#sealed) this.#startHold();
    } else {
      this.#holders.set(reader, segment);
    }
    this.#dropSoon();
  }

  #startHold(): void {
    this.#holdTimer = setTimeout(() => {
      this.#holdTimer = undefined;
      this.#dropSoon();
    }, holdMs);
    this.#holdTimer.unref();
  }

  #dropSoon(): void {
    this.#writing = this.#writing.then(async () => {
      try {
        if (await this.#drop()) this.emit("grown");
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  async #flush(): Promise<void> {
    try {
      while (this.#pending.length > 0 && !this.#sealed) {
        const batch = this.#pending;
        this.#pending = [];
        await this.#write(batch);
        this.#pendingBytes = this.#pending.reduce((sum, item) => sum + item.data.length, 0);
        await this.#drop();
        this.emit("grown");
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#sealed = true;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#applyPressure();
    this.emit("failed", error);
    this.emit("grown");
  }

  async #write(batch: { stream: "stdout" | "stderr"; data: Buffer }[]): Promise<void> {
    const segment = this.#segments.at(-1);
    if (this.#file === undefined || segment === undefined) return;
    const buffers = batch.flatMap(({ stream, data }) => [frameHeader(stream, data.length), data]);
    const total = batch.reduce((sum, { data }) => sum + frameHeaderBytes + data.length, 0);
    let at = 0;
    const whole = buffers.length === 2 && total <= 4096 ? [Buffer.concat(buffers)] : buffers;
    for (const part of chunksOf(whole, 512)) {
      const bytes = part.reduce((sum, buffer) => sum + buffer.length, 0);
      const { bytesWritten } = await this.#file.writev(part, segment.size + at);
      if (bytesWritten !== bytes) throw new Error(`wrote ${bytesWritten} of ${bytes} bytes`);
      at += bytes;
    }
    segment.size += total;
    const after = { ...this.#written };
    for (const { stream, data } of batch) after[stream] += data.length;
    this.#written = after;
    if (segment.size >= this.#segmentBytes) await this.#rotate();
  }

  async #rotate(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    const index = this.#nextIndex;
    this.#nextIndex += 1;
    const file = await open(segmentPath(this.#options.dir, index), "wx", 0o600);
    await file.write(encodeSegmentHeader(this.#written), 0, segmentHeaderBytes, 0);
    this.#file = file;
    this.#segments.push({ index, start: this.#written, size: segmentHeaderBytes });
  }

  async #writeGap(): Promise<void> {
    const segment = this.#segments.at(-1);
    if (this.#file === undefined || segment === undefined) return;
    const gap = gapFrame(this.#written.stdout, this.#written.stderr);
    await this.#file.write(gap, 0, gap.length, segment.size);
    segment.size += gap.length;
  }

  get #held(): boolean {
    const oldest = this.#segments[0];
    if (this.#holdTimer !== undefined) return true;
    return oldest !== undefined && [...this.#holders.values()].some((segment) => segment <= oldest.index);
  }

  get #full(): boolean {
    return (
      this.#segments.length > 1 &&
      (this.#options.scarce?.() === true ||
        this.#segments.reduce((sum, segment) => sum + segment.size, 0) > this.#options.limitBytes)
    );
  }

  /** Returns whether something was dropped. */
  async #drop(): Promise<boolean> {
    let dropped = false;
    while (this.#full && !this.#held) {
      const oldest = this.#segments.shift();
      if (oldest === undefined) break;
      dropped = true;
      await unlink(segmentPath(this.#options.dir, oldest.index));
    }
    this.#applyPressure();
    return dropped;
  }

  #applyPressure(): void {
    const stop = !this.#sealed && (this.#pendingBytes > pendingLimitBytes || (this.#full && this.#held));
    if (stop === this.#stopped) return;
    this.#stopped = stop;
    this.emit("pressure", stop);
  }
}

function* chunksOf<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
