import { constants } from "node:fs";
import { type FileHandle, lstat, open, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { type Pack, pack } from "tar-stream";
import { Fault } from "../../../kernel/abi/index.ts";
import { errnoOf } from "../failure.ts";

/**
 * Puts a folder's entries into a tar archive while it is read; no file is in memory as a whole.
 *
 * Links stay links and are never followed. Of the mode only "executable or not" is kept, owners are not. What is
 * neither file, folder nor link is skipped and told. A file that changes while it is read ends the packing.
 */

export interface PackProgress {
  files: number;
  bytes: number;
}

export interface PackOptions {
  progress: PackProgress;
  /** Called with the path of an entry that cannot be in an archive. */
  skipped: (path: string, reason: string) => void;
}

type Entry = Parameters<Pack["entry"]>[0];
type Sink = ReturnType<Pack["entry"]>;

const chunkBytes = 1 << 18;

function changed(path: string, cause?: unknown): Fault {
  const hint = "Try again when nothing writes to the folder.";
  return new Fault("conflict", `${path} changed while it was imported`, { hint, cause });
}

function readFault(error: unknown, path: string): unknown {
  const code = errnoOf(error);
  if (code === "EACCES" || code === "EPERM") {
    const hint = "Import a folder that you may read.";
    return new Fault("denied", `no permission to read ${path}`, { hint, cause: error });
  }
  if (code !== "ENOENT" && code !== "ENOTDIR" && code !== "ELOOP") return error;
  if (!path.includes("\ufffd")) return changed(path, error);
  const hint = "Rename it, then import again.";
  return new Fault("invalid", `the name of ${path} is not UTF-8`, { hint, cause: error });
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw readFault(error, path);
  }
}

/** Resolves once the sink takes more; rejects when the archive was closed under it. */
const drained = (sink: Sink): Promise<void> =>
  new Promise((resolve, reject) => {
    const onDrain = (): void => {
      sink.off("close", onClose);
      resolve();
    };
    const onClose = (): void => {
      sink.off("drain", onDrain);
      reject(new Error("the archive was closed"));
    };
    sink.once("drain", onDrain);
    sink.once("close", onClose);
  });

export class DirectoryPacker {
  readonly archive = pack();
  readonly #options: PackOptions;

  constructor(options: PackOptions) {
    this.#options = options;
  }

  /** Puts what `folder` holds under the path `under` of the archive. */
  async putFolder(folder: string, under: string): Promise<void> {
    const names = (await guarded(folder, () => readdir(folder))).toSorted();
    for (const each of names) {
      const path = join(folder, each);
      const name = under === "" ? each : `${under}/${each}`;
      const stat = await guarded(path, () => lstat(path));
      if (stat.isDirectory()) {
        await this.#put({ name, type: "directory", mode: 0o755, mtime: stat.mtime });
        await this.putFolder(path, name);
      } else if (stat.isFile()) {
        await this.#putFile(path, name);
      } else if (stat.isSymbolicLink()) {
        const linkname = await guarded(path, () => readlink(path));
        await this.#put({ name, type: "symlink", linkname, mode: 0o755, mtime: stat.mtime });
      } else {
        this.#options.skipped(path, stat.isSocket() ? "a socket" : stat.isFIFO() ? "a pipe" : "a device");
      }
    }
  }

  /** Resolves once the entry is in the archive; `fill` writes its content. */
  async #put(entry: Entry, fill?: (sink: Sink) => Promise<void>): Promise<void> {
    let settle = (_error: unknown): void => undefined;
    const settled = new Promise<void>((resolve, reject) => {
      settle = (error) => (error instanceof Error ? reject(error) : resolve());
    });
    const sink = this.archive.entry(entry, (error) => settle(error));
    // A sink that fails says so through the callback as well; `fill` may fail before anybody awaits that.
    sink.on("error", () => undefined);
    settled.catch(() => undefined);
    await fill?.(sink);
    await settled;
  }

  async #putFile(path: string, name: string): Promise<void> {
    // A file that became a link or a pipe since it was listed must not be followed and must not block.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = await guarded(path, () => open(path, flags));
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw changed(path);
      const mode = (stat.mode & 0o111) === 0 ? 0o644 : 0o755;
      await this.#put({ name, size: stat.size, mode, mtime: stat.mtime, type: "file" }, async (sink) => {
        await this.#copy(file, sink, { path, bytes: stat.size });
        sink.end(null);
      });
      this.#options.progress.files += 1;
    } finally {
      await file.close();
    }
  }

  async #copy(file: FileHandle, sink: Sink, from: { path: string; bytes: number }): Promise<void> {
    let left = from.bytes;
    while (left > 0) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(chunkBytes, left)));
      if (bytesRead === 0) throw changed(from.path);
      left -= bytesRead;
      this.#options.progress.bytes += bytesRead;
      if (!sink.write(buffer.subarray(0, bytesRead))) await drained(sink);
    }
  }
}
