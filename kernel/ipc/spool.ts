import { EventEmitter } from "node:events";
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { readdir, rm, unlink } from "node:fs/promises";
import { gapFrame } from "../abi/index.ts";
import type { BufferPool } from "./buffer-pool.ts";
import { Chunk, chunkPool } from "./spool-chunk.ts";
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
 * Bounded by the quota OUT, and by less while the disk is short: the oldest segment goes first. Until it is said how much is
 * to be kept, nothing is dropped and little is taken. Memory is bounded by
 * `pendingLimitBytes`: past it, and while a lossless reader still needs the oldest segment, the spool asks its sources to
 * stop (`pressure`), which fills the pipe and makes the program wait. Bytes that were taken are never dropped before they are on disk.
 */

const pendingLimitBytes = 512 << 10;
/** What is taken before it is known how much is to be kept; the program then waits. */
const firstLimitBytes = 8 << 20;
/** How long output is held for a lossless reader that has not come, or has gone. */
const holdMs = 30_000;

export interface SpoolOptions {
  dir: string;
  /** Whether the disk is short: then it holds what it can do with, and grows no further. */
  scarce?: () => boolean;
  /** Memory for what waits for the disk; a spool has its own where it shares none. */
  chunks?: BufferPool;
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
  #limitBytes = firstLimitBytes;
  /** It has been said how much is to be kept. */
  #kept = false;
  #segments: Segment[] = [];
  #nextIndex = 0;
  #fd: number | undefined;
  /** Taken, but not yet on disk. */
  #pending: Chunk[] = [];
  #pendingBytes = 0;
  #flushing = false;
  readonly #chunks: BufferPool;
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
    this.#chunks = options.chunks ?? chunkPool();
  }

  /** A new, empty spool that is on disk and keeps so much; `hold` as of `keep`. */
  static async create(
    { limitBytes, ...options }: SpoolOptions & { limitBytes: number },
    hold: boolean,
  ): Promise<Spool> {
    const spool = Spool.begin(options);
    spool.keep(limitBytes, hold);
    const failed = Promise.withResolvers<never>();
    spool.once("failed", failed.reject);
    await Promise.race([spool.#writing, failed.promise]);
    spool.off("failed", failed.reject);
    return spool;
  }

  /** A new, empty spool; it takes bytes at once, and that its disk refuses is told later. */
  static begin(options: SpoolOptions): Spool {
    const spool = new Spool(options);
    spool.#next(() => {
      mkdirSync(options.dir, { recursive: true, mode: 0o700 });
      spool.#rotate();
    });
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
  static async resume(options: SpoolOptions): Promise<Spool> {
    const spool = await Spool.load(options);
    spool.#sealed = false;
    const fresh = spool.#segments.length === 0;
    mkdirSync(options.dir, { recursive: true, mode: 0o700 });
    spool.#rotate();
    if (!fresh) spool.#writeGap();
    return spool;
  }

  /** Says how much is to be kept. With `hold`, nothing is dropped until a lossless reader has come and gone. */
  keep(limitBytes: number, hold: boolean): void {
    this.#kept = true;
    this.#limitBytes = limitBytes;
    if (this.#sealed) return;
    if (hold && this.#holders.size === 0) this.#startHold();
    this.#dropSoon();
  }

  get #segmentBytes(): number {
    return Math.min(8 << 20, Math.max(64 << 10, Math.floor(this.#limitBytes / 8)));
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

  /** Takes a copy of bytes; the order of calls is the order on disk. */
  append(stream: "stdout" | "stderr", data: Uint8Array): void {
    if (this.#sealed) return;
    if (this.#pending.at(-1)?.append(stream, data) !== true) {
      const chunk = new Chunk(this.#chunks, data.length);
      chunk.append(stream, data);
      this.#pending.push(chunk);
    }
    this.#pendingBytes += data.length;
    if (!this.#flushing) {
      this.#flushing = true;
      this.#next(() => this.#flush());
    }
    this.#applyPressure();
  }

  /** Writes what was taken; after it nothing more is accepted and readers come to their end. */
  async seal(): Promise<void> {
    await this.#writing;
    this.#sealed = true;
    clearTimeout(this.#holdTimer);
    this.#close();
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
    clearTimeout(this.#holdTimer);
    this.#holdTimer = setTimeout(() => {
      this.#holdTimer = undefined;
      this.#dropSoon();
    }, holdMs);
    this.#holdTimer.unref();
  }

  #dropSoon(): void {
    this.#next(async () => {
      if (await this.#drop()) this.emit("grown");
    });
  }

  /** What is done to the files is done one after the other; the first failure is the last. */
  #next(step: () => Promise<void> | void): void {
    this.#writing = this.#writing.then(async () => {
      try {
        if (!this.#sealed) await step();
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  async #flush(): Promise<void> {
    for (let chunk = this.#pending.shift(); chunk !== undefined; chunk = this.#pending.shift()) {
      await this.#write(chunk);
      this.#pendingBytes -= chunk.bytes.stdout + chunk.bytes.stderr;
      chunk.release();
      await this.#drop();
      this.emit("grown");
    }
    this.#flushing = false;
  }

  #fail(error: unknown): void {
    this.#sealed = true;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#applyPressure();
    this.emit("failed", error);
    this.emit("grown");
  }

  async #write(chunk: Chunk): Promise<void> {
    const segment = this.#segments.at(-1);
    if (this.#fd === undefined || segment === undefined) return;
    await chunk.write(this.#fd, segment.size);
    segment.size += chunk.length;
    const { stdout, stderr } = this.#written;
    this.#written = { stdout: stdout + chunk.bytes.stdout, stderr: stderr + chunk.bytes.stderr };
    if (segment.size >= this.#segmentBytes) this.#rotate();
  }

  #close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Files are made at once, as what is short is written: threads would take longer than the disk. */
  #rotate(): void {
    this.#close();
    const index = this.#nextIndex;
    this.#nextIndex += 1;
    this.#fd = openSync(segmentPath(this.#options.dir, index), "wx", 0o600);
    writeSync(this.#fd, encodeSegmentHeader(this.#written), 0, segmentHeaderBytes, 0);
    this.#segments.push({ index, start: this.#written, size: segmentHeaderBytes });
  }

  #writeGap(): void {
    const segment = this.#segments.at(-1);
    if (this.#fd === undefined || segment === undefined) return;
    const gap = gapFrame(this.#written.stdout, this.#written.stderr);
    writeSync(this.#fd, gap, 0, gap.length, segment.size);
    segment.size += gap.length;
  }

  get #held(): boolean {
    const oldest = this.#segments[0];
    if (!this.#kept || this.#holdTimer !== undefined) return true;
    return oldest !== undefined && [...this.#holders.values()].some((segment) => segment <= oldest.index);
  }

  get #full(): boolean {
    return (
      this.#segments.length > 1 &&
      (this.#options.scarce?.() === true ||
        this.#segments.reduce((sum, segment) => sum + segment.size, 0) > this.#limitBytes)
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
