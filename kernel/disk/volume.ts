import { closeSync, constants, openSync, statfsSync } from "node:fs";
import { fastestBytesPerMs, reserveOf } from "./allowance.ts";
import { leastEntryBytes } from "./tree-size.ts";

/**
 * One file system, and how much it has lost in all since it was first looked at.
 *
 * `lostBytes` only grows: what others give back hides nothing of what somebody takes, but for what happens between
 * two looks; there, as much is assumed as could have been written in the time.
 */

export interface Space {
  /** What is in use, in bytes, with each used inode as one entry besides its blocks. */
  used: number;
  /** The part of the bytes that an ordinary user may still take. */
  available: number;
  total: number;
  inodesLeft: number;
  /** 0 where the file system makes inodes as it needs them. */
  inodes: number;
}

export function spaceOf(path: string): Space {
  const { bsize, blocks, bfree, bavail, files, ffree } = statfsSync(path);
  return {
    // XFS says how many inodes would fit, so that only those in use can be compared.
    used: (blocks - bfree) * bsize + Math.max(0, files - ffree) * leastEntryBytes,
    available: bavail * bsize,
    total: blocks * bsize,
    inodesLeft: ffree,
    inodes: files,
  };
}

/** Linux, on every architecture that Node runs on; `fs.constants` does not name it. */
const O_PATH = 0o10000000;

export class Volume implements Disposable {
  /** Held open, so that the file system is found when the directory is gone. */
  readonly #fd: number;
  readonly #space: (path: string) => Space;
  #last: Space;
  #at: number;
  #lost = 0;

  constructor(path: string, now: number, space: (path: string) => Space = spaceOf) {
    this.#fd = openSync(path, O_PATH | constants.O_DIRECTORY);
    this.#space = space;
    this.#last = space(this.#path);
    this.#at = now;
  }

  get #path(): string {
    return `/proc/self/fd/${this.#fd}`;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  /** Looks, and adds to what was lost. `now` is in milliseconds of any clock that never goes back. */
  look(now: number): void {
    const space = this.#space(this.#path);
    const lost = space.used - this.#last.used;
    this.#lost += lost >= 0 ? lost : Math.min(-lost, (now - this.#at) * fastestBytesPerMs);
    this.#last = space;
    this.#at = now;
  }

  get lostBytes(): number {
    return this.#lost;
  }

  /** What is in use now, whoever uses it. */
  get usedBytes(): number {
    return this.#last.used;
  }

  get available(): number {
    return this.#last.available;
  }

  get reserve(): number {
    return reserveOf(this.#last.total);
  }

  /** How much can be taken until the reserve is touched; negative once it is. Inodes have a reserve of 1 % of theirs. */
  get aboveReserve(): number {
    const { available, inodes, inodesLeft } = this.#last;
    const bytes = available - this.reserve;
    return inodes === 0 ? bytes : Math.min(bytes, (inodesLeft - inodes / 100) * leastEntryBytes);
  }
}
