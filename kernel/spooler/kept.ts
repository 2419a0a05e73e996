import { closeSync } from "node:fs";
import { join } from "node:path";
import { openToRead } from "../ipc/output-end.ts";
import type { SpoolView } from "../ipc/spool-view.ts";
import type { HeldStream } from "./message.ts";
import type { RemoteSpool } from "./remote-spool.ts";

/**
 * What the kernel knows of each process that the spooler holds: enough to have it held anew by another one.
 *
 * The guards are reading ends that nobody reads: while there are any, no program is told that nobody reads.
 */

export interface BeginOptions {
  /** The quota OUT. */
  limitBytes: number;
  /** Drop nothing before a lossless reader has come and gone. */
  lossless: boolean;
}

/** A process that the spooler holds. */
export interface KnownOutput {
  readonly dir: string;
  /** What it holds; `stdin` until that was let go. */
  readonly streams: readonly HeldStream[];
  readonly view: SpoolView;
}

export interface Kept extends KnownOutput {
  streams: readonly HeldStream[];
  /** Reading ends that read nothing. */
  guards: number[];
  begun: BeginOptions | undefined;
  view: RemoteSpool;
  /** Its input has been let go of. */
  inputEnded: boolean;
  /** It is drained, or cannot be kept any longer. */
  ended: boolean;
}

export function guard(dir: string, streams: readonly HeldStream[]): number[] {
  const guards: number[] = [];
  try {
    for (const stream of streams) if (stream !== "stdin") guards.push(openToRead(join(dir, stream)));
  } catch (error) {
    for (const fd of guards) closeSync(fd);
    throw error;
  }
  return guards;
}

export function release(kept: Kept): void {
  for (const fd of kept.guards.splice(0)) closeSync(fd);
}
