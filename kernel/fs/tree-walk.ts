import type { BigIntStats } from "node:fs";
import { setImmediate as breathe } from "node:timers/promises";
import { Fault } from "../abi/index.ts";
import { depthLimit, pathLimitBytes } from "./archive-path.ts";
import { Directory } from "./directory.ts";
import { nameText, quote } from "./file-name.ts";
import { isFault } from "./system-fault.ts";

/**
 * Visits everything in a tree while programs may be changing it.
 *
 * Depth first, each directory's names sorted, a directory before what it holds. The directories on the way down are
 * held open, so nothing is reached through a name twice and a link in place of a directory is refused. What vanished
 * since its name was read is left out, and so is what lies deeper, or has a longer path, than an archive may bring.
 */

/** Names that are held in memory at once. */
const heldLimit = 200_000;
const entriesPerTurn = 256;

export interface Visit {
  /** Relative, `/`-separated; bytes that are not UTF-8 are shown as `\xNN`. */
  readonly path: string;
  /** Where `name` is; valid until the next visit. */
  readonly directory: Directory;
  readonly name: Buffer;
  readonly stats: BigIntStats;
}

/** A directory on the way down, with the names that are still to come, last first. */
interface Level {
  readonly directory: Directory;
  readonly prefix: string;
  readonly names: Buffer[];
}

function unlessVanished<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (isFault(error, "not_found", "invalid")) return undefined;
    throw error;
  }
}

function enter(directory: Directory, prefix: string, limit: number): Level {
  const names: Buffer[] = [];
  try {
    for (const name of directory.names()) {
      names.push(name);
      if (names.length > limit) throw new Fault("exhausted", `${quote(prefix)} holds more files than can be sorted`);
    }
  } catch (error) {
    directory[Symbol.dispose]();
    throw error;
  }
  return { directory, prefix, names: names.sort((a, b) => b.compare(a)) };
}

/** Visits all below the directory at `trustedPath`, and nothing in a directory that `prune` names. Faults: `not_found`, `exhausted` for too large a directory. */
export async function* walkTree(
  trustedPath: string,
  prune: (path: string) => boolean = () => false,
): AsyncGenerator<Visit> {
  const levels = [enter(Directory.open(trustedPath), "", heldLimit)];
  try {
    let seen = 0;
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      seen += 1;
      if (seen % entriesPerTurn === 0) await breathe();
      const { directory, prefix, names } = level;
      const name = names.pop();
      if (name === undefined) {
        levels.pop();
        directory[Symbol.dispose]();
        continue;
      }
      const path = prefix + nameText(name);
      const stats = unlessVanished(() => directory.stat(name));
      if (stats === undefined || Buffer.byteLength(path) >= pathLimitBytes) continue;
      yield { path, directory, name, stats };
      if (!stats.isDirectory() || levels.length >= depthLimit || prune(path)) continue;
      const inner = unlessVanished(() => directory.openDirectory(name));
      const held = levels.reduce((sum, each) => sum + each.names.length, 0);
      if (inner !== undefined) levels.push(enter(inner, `${path}/`, heldLimit - held));
    }
  } finally {
    for (const { directory } of levels) directory[Symbol.dispose]();
  }
}

/** How many files (links count, directories do not) are below, with how many bytes; the first `limit` entries count. */
export async function measureTree(trustedPath: string, limit: number): Promise<{ files: number; bytes: number }> {
  let files = 0;
  let bytes = 0;
  let seen = 0;
  for await (const { stats } of walkTree(trustedPath)) {
    seen += 1;
    if (seen > limit) break;
    if (!stats.isDirectory()) files += 1;
    if (stats.isFile()) bytes += Number(stats.size);
  }
  return { files, bytes };
}
