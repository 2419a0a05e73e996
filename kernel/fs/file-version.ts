import type { BigIntStats } from "node:fs";

/**
 * The version of a file's content: inode, size, and both times in nanoseconds.
 *
 * A program can set the modification time back but not the change time, so content that was replaced or rewritten has
 * another version. A change of mode alone gives another version too: a needless conflict, never a lost write.
 */
export function fileVersion(stats: BigIntStats): string {
  return [stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].map((part) => part.toString(36)).join("-");
}
