import { isUtf8 } from "node:buffer";
import { closeSync, read } from "node:fs";
import type { BigIntStats } from "node:fs";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import type { OpenRegular } from "./directory.ts";
import { isFault } from "./system-fault.ts";
import { archiveEnd, padding, tarHeader } from "./tar-header.ts";
import type { TarEntry } from "./tar-header.ts";
import { walkTree } from "./tree-walk.ts";
import type { Visit } from "./tree-walk.ts";

/**
 * Streams a project's files as a tar archive while programs may be changing them.
 *
 * Every entry has exactly the size that its header declares: a file that shrinks meanwhile is filled up with zeros,
 * one that grows is cut. Regular files (hard links as files of their own), directories and links; sockets, FIFOs and
 * devices are left out. What is held is one chunk, a bounded number of names and, of each
 * directory on the way down, a descriptor; whoever destroys the stream closes them.
 */

const chunkBytes = 64 * 1024;
const readSome = promisify(read);

function describe({ path, stats }: Visit, own: Partial<TarEntry>): TarEntry {
  const modifiedAt = Number(stats.mtimeNs / 1_000_000_000n);
  return { path, type: "file", mode: 0o644, bytes: 0, target: "", modifiedAt, ...own };
}

/** The result of a step, or undefined where something else took the name since it was visited. */
function unlessReplaced<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (isFault(error, "not_found", "invalid")) return undefined;
    if (error instanceof Error && "code" in error && error.code === "EINVAL") return undefined;
    throw error;
  }
}

async function* contentOf(fd: number, bytes: number): AsyncGenerator<Buffer> {
  for (let left = bytes, ended = false; left > 0;) {
    const chunk = Buffer.alloc(Math.min(chunkBytes, left));
    const taken: number = ended ? 0 : (await readSome(fd, chunk, 0, chunk.length, null)).bytesRead;
    ended = taken === 0;
    const piece = ended ? chunk : chunk.subarray(0, taken);
    left -= piece.length;
    yield piece;
  }
  yield padding(bytes);
}

const isExecutable = (stats: BigIntStats): boolean => (stats.mode & 0o111n) !== 0n;

async function* fileBlocks(visit: Visit, { fd, stats }: OpenRegular): AsyncGenerator<Buffer> {
  try {
    const bytes = Number(stats.size);
    yield tarHeader(describe({ ...visit, stats }, { bytes, mode: isExecutable(stats) ? 0o755 : 0o644 }));
    yield* contentOf(fd, bytes);
  } finally {
    closeSync(fd);
  }
}

async function* archiveBlocks(trustedPath: string): AsyncGenerator<Buffer> {
  for await (const visit of walkTree(trustedPath)) {
    const { directory, name, stats } = visit;
    if (stats.isDirectory()) {
      yield tarHeader(describe(visit, { type: "directory", mode: 0o755 }));
    } else if (stats.isSymbolicLink()) {
      const target = unlessReplaced(() => directory.readLink(name));
      // A target in other bytes cannot be told in an archive of text.
      if (target === undefined || !isUtf8(target)) continue;
      yield tarHeader(describe(visit, { type: "link", mode: 0o777, target: target.toString() }));
    } else if (stats.isFile()) {
      const file = unlessReplaced(() => directory.openRegular(name));
      if (file !== undefined) yield* fileBlocks(visit, file);
    }
  }
  yield archiveEnd();
}

/** The archive of what is below the directory at `trustedPath`. Faults come as the stream's error: `not_found`. */
export function exportArchive(trustedPath: string): Readable {
  return Readable.from(archiveBlocks(trustedPath), { objectMode: false });
}
