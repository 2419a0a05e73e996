/**
 * When a writer has to be looked at, and how soon to look at the disk again: the arithmetic of the watchdog, pure.
 *
 * A writer's growth is known exactly as of its last measuring, and since then by an upper bound: what the file system
 * has lost. The bound decides when to measure, never whether a limit was passed.
 */

const MiB = 1024 ** 2;

/** How far past its limit a writer may be when it ends. */
export const slackShare = 0.1;
/** The least limit where the watchdog has to wait for a processor like everybody: its slack is what was written meanwhile. */
export const leastLateBytes = 1024 * MiB;
/**
 * Faster than the page cache takes bytes, in bytes for each millisecond: measured are 4 GiB/s for one processor, and no
 * more than twice as much for any number of them.
 */
export const fastestBytesPerMs = 8 * MiB;
/** What can be written between the moment that something is due and the writer's stop. */
export const reactionBytes = 4 * fastestBytesPerMs;
const shortestMs = 1;
const longestMs = 50;

export interface Allowance {
  limitBytes: number;
  /** The growth as last measured. */
  usedBytes: number;
}

const remaining = ({ limitBytes, usedBytes }: Allowance): number => Math.max(0, limitBytes - usedBytes);

/** What the file system may lose after a measuring until the next one is due. */
export function measureAfterBytes(allowance: Allowance): number {
  const left = remaining(allowance);
  const slack = allowance.limitBytes * slackShare;
  return Math.max(left / 2, left + slack / 4 - reactionBytes, slack / 8);
}

/** Whether what is known for certain, `atLeastBytes` of growth since the last measuring, passes the limit. */
export function passesFor(allowance: Allowance, atLeastBytes: number): boolean {
  return atLeastBytes >= remaining(allowance) + (allowance.limitBytes * slackShare) / 2;
}

/** How long the disk may be left alone while `distanceBytes` are left until something is due. */
export function restMs(distanceBytes: number): number {
  return Math.min(longestMs, Math.max(shortestMs, Math.floor(distanceBytes / fastestBytesPerMs)));
}

/** Space that stays free whatever the limits are: the larger of 1 % and 256 MiB, but at most half of it all. */
export const reserveOf = (totalBytes: number): number =>
  Math.min(Math.max(totalBytes / 100, 256 * MiB), totalBytes / 2);

/**
 * The index of the writer that ends when the reserve is touched: the one that has grown most, where it is worth it.
 * With less than half of the reserve left any growth is.
 */
export function mostGrown(grownBytes: readonly number[], freeBytes: number, reserveBytes: number): number | undefined {
  const most = Math.max(...grownBytes);
  const worth = freeBytes < reserveBytes / 2 ? 1 : reserveBytes / 16;
  return grownBytes.length > 0 && most >= worth ? grownBytes.indexOf(most) : undefined;
}
