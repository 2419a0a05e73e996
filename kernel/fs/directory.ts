import * as fs from "node:fs";
import type { BigIntStats } from "node:fs";
import { Fault } from "../abi/index.ts";
import { checkName, quote } from "./file-name.ts";
import type { Name } from "./file-name.ts";
import { systemFault } from "./system-fault.ts";

/**
 * A held directory, and the single steps that can be taken from it.
 *
 * Node has no `openat`; `/proc/self/fd/N/NAME` is the same: the kernel of the host starts at the descriptor's inode
 * and resolves one name. No step follows a link, so whoever renames, replaces or links things meanwhile decides at
 * most what is found below the directory, never that something outside is. Steps are synchronous: a descriptor that
 * an operation in flight still names could otherwise be closed and its number given to another file.
 */

/** Who owns what is made; `null` leaves it to the kernel's own user. */
export type Owner = Readonly<{ uid: number; gid: number }> | null;

/** A regular file that is open for reading, as it was when it was opened. */
export type OpenRegular = Readonly<{ fd: number; stats: BigIntStats }>;

/** A file or directory that keeps its inode for as long as it is held. */
export interface HeldFile extends Disposable {
  /** `DEVICE:INODE` in decimal. */
  readonly id: string;
}

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants;
/** Linux, on every architecture that Node runs on; `fs.constants` does not name it. */
const O_PATH = 0o10000000;

const namesPerRead = 256;

function attempt<T>(name: Name, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw systemFault(error, quote(name));
  }
}

export class Directory implements Disposable {
  #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Opens by a path that nobody but the kernel can change. */
  static open(trustedPath: string): Directory {
    return attempt(trustedPath, () => new Directory(fs.openSync(trustedPath, O_PATH | O_DIRECTORY | O_NOFOLLOW)));
  }

  /** A second descriptor of the same directory. */
  reopen(): Directory {
    return new Directory(fs.openSync(this.#self(), O_PATH | O_DIRECTORY));
  }

  [Symbol.dispose](): void {
    if (this.#fd === -1) return;
    fs.closeSync(this.#fd);
    this.#fd = -1;
  }

  #self(): string {
    if (this.#fd === -1) throw new Error("a directory is used after it was closed");
    return `/proc/self/fd/${this.#fd}`;
  }

  #at(name: Name): string | Buffer {
    checkName(name);
    const prefix = `${this.#self()}/`;
    return typeof name === "string" ? prefix + name : Buffer.concat([Buffer.from(prefix), name]);
  }

  /** Steps into `name`. Faults: `not_found`, `invalid` for a link or anything else that is no directory. */
  openDirectory(name: Name): Directory {
    const path = this.#at(name);
    // Without O_DIRECTORY a link opens as itself and is told apart from a file.
    const fd = attempt(name, () => fs.openSync(path, O_PATH | O_NOFOLLOW));
    try {
      const stats = fs.fstatSync(fd);
      if (stats.isDirectory()) return new Directory(fd);
      const what = stats.isSymbolicLink() ? "is a link: links are not followed" : "is not a directory";
      throw new Fault("invalid", `${quote(name)} ${what}`);
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  }

  /**
   * Holds what `name` is, a directory or a regular file, without opening it; `id` is its device and inode. As long as
   * it is held, no other file can have this id. Faults: `not_found`, `invalid` for a link or anything else.
   */
  hold(name: Name): HeldFile {
    return held(
      name,
      attempt(name, () => fs.openSync(this.#at(name), O_PATH | O_NOFOLLOW)),
    );
  }

  /** Holds the directory itself. */
  holdSelf(): HeldFile {
    return held(".", fs.openSync(this.#self(), O_PATH | O_DIRECTORY));
  }

  /** Makes the directory `name` with mode 0755 and steps into it. Faults: `conflict` where something has the name. */
  makeDirectory(name: Name, owner: Owner): Directory {
    attempt(name, () => fs.mkdirSync(this.#at(name), 0o700));
    const made = this.openDirectory(name);
    try {
      // Another directory may have been put in its place: only what belongs to the kernel is handed over.
      if (fs.fstatSync(made.#fd).uid === process.geteuid?.()) {
        fs.chmodSync(made.#self(), 0o755);
        if (owner !== null) attempt(name, () => fs.chownSync(made.#self(), owner.uid, owner.gid));
      }
      return made;
    } catch (error) {
      made[Symbol.dispose]();
      throw error;
    }
  }

  /** What `name` itself is. */
  stat(name: Name): BigIntStats {
    return attempt(name, () => fs.lstatSync(this.#at(name), { bigint: true }));
  }

  /** Opens a regular file for reading; a FIFO or a device is never opened, only looked at. Faults: `invalid`. */
  openRegular(name: Name): OpenRegular {
    const held = attempt(name, () => fs.openSync(this.#at(name), O_PATH | O_NOFOLLOW));
    try {
      const stats = fs.fstatSync(held, { bigint: true });
      checkRegular(name, stats);
      // The descriptor's own entry leads to the inode that was just looked at, whatever the name means by now.
      const fd = attempt(name, () => fs.openSync(`/proc/self/fd/${held}`, O_RDONLY | O_NONBLOCK | O_NOCTTY));
      return { fd, stats };
    } finally {
      fs.closeSync(held);
    }
  }

  /** Makes a new regular file, readable by the kernel alone, and opens it for writing. Faults: `conflict`. */
  createFile(name: Name): number {
    return attempt(name, () => fs.openSync(this.#at(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
  }

  /** Gives `from` the name `to`, replacing a file or link of that name. */
  rename(from: Name, to: Name, into: Directory = this): void {
    attempt(to, () => fs.renameSync(this.#at(from), into.#at(to)));
  }

  makeLink(name: Name, target: string, owner: Owner): void {
    attempt(name, () => fs.symlinkSync(target, this.#at(name)));
    if (owner !== null) attempt(name, () => fs.lchownSync(this.#at(name), owner.uid, owner.gid));
  }

  readLink(name: Name): Buffer {
    return attempt(name, () => fs.readlinkSync(this.#at(name), { encoding: "buffer" }));
  }

  /** Removes anything but a directory. */
  unlink(name: Name): void {
    attempt(name, () => fs.unlinkSync(this.#at(name)));
  }

  /** Removes an empty directory. Faults: `conflict` where it is not empty. */
  removeDirectory(name: Name): void {
    attempt(name, () => fs.rmdirSync(this.#at(name)));
  }

  /** The names in the directory as bytes, unsorted, without holding them all. */
  *names(): Generator<Buffer> {
    // Latin-1 maps every byte to one character and back.
    const options = { encoding: "latin1", bufferSize: namesPerRead } as const;
    const reader = attempt(".", () => fs.opendirSync(this.#self(), options));
    try {
      for (let entry = reader.readSync(); entry !== null; entry = reader.readSync()) {
        yield Buffer.from(entry.name, "latin1");
      }
    } finally {
      reader.closeSync();
    }
  }
}

function held(name: Name, fd: number): HeldFile {
  let open = true;
  const release = (): void => {
    if (open) fs.closeSync(fd);
    open = false;
  };
  try {
    const stats = fs.fstatSync(fd, { bigint: true });
    if (!stats.isDirectory()) checkRegular(name, stats);
    return { id: `${stats.dev}:${stats.ino}`, [Symbol.dispose]: release };
  } catch (error) {
    release();
    throw error;
  }
}

/** Refuses what has no content of its own to read or replace. Faults: `invalid`. */
export function checkRegular(name: Name, stats: BigIntStats): void {
  if (stats.isFile()) return;
  if (stats.isDirectory()) throw new Fault("invalid", `${quote(name)} is a directory`);
  if (stats.isSymbolicLink()) throw new Fault("invalid", `${quote(name)} is a link: links are not followed`);
  throw new Fault("invalid", `${quote(name)} is not a regular file`);
}
