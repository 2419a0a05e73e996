import type { Offsets, Segment } from "./spool-segment.ts";

/**
 * What readers and a process's life need of a spool, whoever writes it: this process, or the spooler.
 *
 * The segments are as current as what was heard last; what they say is on disk. A segment keeps its identity while it
 * is there, and its size only grows.
 */
export interface SpoolView {
  readonly dir: string;
  /** Bytes of each stream on disk so far, counted from the process's start. */
  readonly written: Readonly<Offsets>;
  /** Nothing more will come. */
  readonly sealed: boolean;
  /** Segments that are still there, oldest first. */
  readonly segments: readonly Segment[];
  /** A lossless reader says which segment it stands in, or, with `undefined`, that it is gone. */
  hold(reader: object, segment: number | undefined): void;
  /** Removes it from disk. */
  remove(): Promise<void>;
  /** Bytes became readable, a segment was dropped, or the spool was sealed. */
  on(event: "grown", listener: () => void): unknown;
  /** Writing failed; the spool is sealed with what it holds. */
  on(event: "failed", listener: (error: unknown) => void): unknown;
  off(event: "grown", listener: () => void): unknown;
}
