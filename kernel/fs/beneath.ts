import * as fs from "node:fs";
import type { BigIntStats } from "node:fs";
import { Readable } from "node:stream";
import { setImmediate as breathe } from "node:timers/promises";
import { Fault } from "../abi/index.ts";
import type { FileEntry, Millis } from "../abi/index.ts";
import { Directory } from "./directory.ts";
import type { HeldFile } from "./directory.ts";
import { openPath } from "./directory-path.ts";
import { nameText } from "./file-name.ts";
import { replaceFile } from "./file-replace.ts";
import type { WriteOptions } from "./file-replace.ts";
import { fileVersion } from "./file-version.ts";
import { isFault } from "./system-fault.ts";

/**
 * Everything that is done to a project's files by path.
 *
 * Paths are components below one root. Sandboxes may be writing there at the same time, often under another user
 * than the kernel's: no link is followed at any component, and nothing outside of the root is read or changed.
 */

export const listLimit = 10_000;
const entriesPerTurn = 256;

/** A file that is open for reading. Whoever opened it takes the content or disposes of it. */
export interface OpenedFile extends Disposable {
  readonly bytes: number;
  readonly version: string;
  /** The content as long as it was when it was opened, or shorter where it shrinks. Ends the duty to dispose. */
  content(): Readable;
}

function entryOf(name: Buffer, stats: BigIntStats): FileEntry {
  const kind = stats.isFile() ? "file" : stats.isDirectory() ? "directory" : stats.isSymbolicLink() ? "link" : "other";
  const modifiedAt = Math.max(0, Number(stats.mtimeMs)) as Millis;
  return { name: nameText(name), kind, bytes: Number(stats.size), modifiedAt };
}

function split(parts: readonly string[]): { parents: readonly string[]; name: string } {
  const name = parts.at(-1);
  if (name === undefined) throw new Fault("invalid", "the path names the project itself");
  return { parents: parts.slice(0, -1), name };
}

export class Beneath implements Disposable {
  readonly #root: Directory;

  /** `root` is a path that nobody but the kernel can change. Faults: `not_found`. */
  constructor(root: string) {
    this.#root = Directory.open(root);
  }

  [Symbol.dispose](): void {
    this.#root[Symbol.dispose]();
  }

  /** The entries of a directory, sorted; of more than `listLimit` some. Faults: `not_found`, `invalid`. */
  async list(parts: readonly string[]): Promise<{ entries: FileEntry[]; truncated: boolean }> {
    using directory = openPath(this.#root, parts);
    const entries: FileEntry[] = [];
    let seen = 0;
    for (const name of directory.names()) {
      seen += 1;
      if (seen > listLimit) break;
      if (seen % entriesPerTurn === 0) await breathe();
      try {
        entries.push(entryOf(name, directory.stat(name)));
      } catch (error) {
        // Removed since its name was read.
        if (!isFault(error, "not_found")) throw error;
      }
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    return { entries, truncated: seen > listLimit };
  }

  /** Holds a file or directory, so that what is mounted can be compared with it. Faults: `not_found`, `invalid`. */
  hold(parts: readonly string[]): HeldFile {
    const name = parts.at(-1);
    if (name === undefined) return this.#root.holdSelf();
    using directory = openPath(this.#root, parts.slice(0, -1));
    return directory.hold(name);
  }

  /** Opens a regular file. Faults: `not_found`, `invalid`. */
  openFile(parts: readonly string[]): OpenedFile {
    const { parents, name } = split(parts);
    using directory = openPath(this.#root, parents);
    const { fd, stats } = directory.openRegular(name);
    const bytes = Number(stats.size);
    let held = true;
    const release = (): boolean => {
      const first = held;
      held = false;
      return first;
    };
    return {
      bytes,
      version: fileVersion(stats),
      content: () => {
        if (!release()) throw new Error("a file's content is taken twice or after it was closed");
        if (bytes > 0) return fs.createReadStream("", { fd, start: 0, end: bytes - 1, autoClose: true });
        fs.closeSync(fd);
        return Readable.from([]);
      },
      [Symbol.dispose]: () => {
        if (release()) fs.closeSync(fd);
      },
    };
  }

  /**
   * Replaces or makes a file in one step: it has the old content or all of the new. Makes missing directories.
   * Faults: `invalid` for a directory, a link, or more than `limitBytes`; `conflict` for another version; `exhausted`.
   */
  async writeFile(parts: readonly string[], source: Readable, options: WriteOptions): Promise<{ version: string }> {
    try {
      const { parents, name } = split(parts);
      using directory = openPath(this.#root, parents, options.owner);
      return await replaceFile({ directory, name, source, ...options });
    } catch (error) {
      source.destroy();
      throw error;
    }
  }

  /** Removes a file, a link, or an empty directory. Faults: `not_found`, `conflict` where it is not empty. */
  remove(parts: readonly string[]): void {
    const { parents, name } = split(parts);
    using directory = openPath(this.#root, parents);
    if (directory.stat(name).isDirectory()) directory.removeDirectory(name);
    else directory.unlink(name);
  }
}
