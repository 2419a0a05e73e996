import {
  closeSync,
  constants,
  type Dir,
  fstatSync,
  lstatSync,
  openSync,
  opendirSync,
  readFileSync,
  readdirSync,
  type Stats,
  statSync,
} from "node:fs";
import { setImmediate as breathe, setTimeout as sleep } from "node:timers/promises";

/**
 * How much disk a tree holds, and what a container's tasks hold of files that have no name any more.
 *
 * Counts what is allocated, never what a file says it is long: a sparse file is small. Each inode counts once, and at
 * least `leastEntryBytes`. No link is followed and no other file system entered, whoever renames things meanwhile.
 * The work is done in short turns; one directory is open at a time, so that no depth uses up the descriptors.
 */

/** What an entry counts at least, so that empty files are not for nothing. */
export const leastEntryBytes = 4096;
const blockBytes = 512;
const turnMs = 2;
const turnsAwake = 8;
/** A directory of this size is read at once, a larger one, which may have any number of names, bit by bit. */
const smallDirectoryBytes = 32 << 10;
const { O_DIRECTORY, O_NOFOLLOW } = constants;
/** Linux, on every architecture that Node runs on; `fs.constants` does not name it. */
const O_PATH = 0o10000000;

const sizeOf = (stats: Stats): number => Math.max(leastEntryBytes, stats.blocks * blockBytes);

/** A sum that knows which inodes it has. */
class Sum {
  bytes = 0;
  readonly #seen = new Set<number>();

  add(stats: Stats): void {
    if (!stats.isDirectory() && stats.nlink !== 1) {
      if (this.#seen.has(stats.ino)) return;
      this.#seen.add(stats.ino);
    }
    this.bytes += sizeOf(stats);
  }
}

/** Hands the thread back when a turn is over, and now and then the processor, which others cannot take from it. */
class Turns {
  #since = performance.now();
  #turns = 0;

  get over(): boolean {
    return performance.now() - this.#since > turnMs;
  }

  async rest(): Promise<void> {
    this.#turns += 1;
    await (this.#turns % turnsAwake === 0 ? sleep(1) : breathe());
    this.#since = performance.now();
  }
}

function unlessGone<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP" || code === "ESRCH") return undefined;
    throw error;
  }
}

/** A tree in which directories were moved while it was measured; measuring it again may succeed. */
export class TreeMoved extends Error {}

interface Level {
  ino: number;
  /** Directories in it that are still to be entered. */
  inner: Buffer[];
}

const below = (fd: number, name: Buffer): Buffer => Buffer.concat([Buffer.from(`/proc/self/fd/${fd}/`), name]);

export interface SizeOptions {
  /** Past it the answer is only that it is more. */
  enoughBytes?: number;
  /** Tasks whose open files without a name count as well. */
  tasks?: readonly number[];
}

class TreeSize {
  inFlight = false;
  readonly #sum = new Sum();
  readonly #turns = new Turns();
  readonly #enough: number;

  constructor(enough: number) {
    this.#enough = enough;
  }

  get bytes(): number {
    return this.#sum.bytes;
  }

  get #done(): boolean {
    return this.#sum.bytes > this.#enough;
  }

  /** Counts one entry; returns whether it is a directory on the same file system. */
  #entry(fd: number, name: Buffer, dev: number): boolean {
    const stats = unlessGone(() => lstatSync(below(fd, name), { throwIfNoEntry: false }));
    if (stats === undefined || stats.dev !== dev) return false;
    this.#sum.add(stats);
    return stats.isDirectory();
  }

  /** Counts what is in one directory; returns the names of the directories in it. */
  async #level(fd: number, { dev, size }: Stats): Promise<Buffer[]> {
    const path = `/proc/self/fd/${fd}`;
    if (size <= smallDirectoryBytes) {
      const names = unlessGone(() => readdirSync(path, { encoding: "buffer" })) ?? [];
      const inner = names.filter((name) => !this.#done && this.#entry(fd, name, dev));
      if (this.#turns.over) await this.#turns.rest();
      return inner;
    }
    const inner: Buffer[] = [];
    // Latin 1 is every byte of a name as it is.
    const dir: Dir | undefined = unlessGone(() => opendirSync(path, { encoding: "latin1", bufferSize: 256 }));
    if (dir === undefined) return inner;
    try {
      for (let entry = dir.readSync(); entry !== null && !this.#done; entry = dir.readSync()) {
        const name = Buffer.from(entry.name, "latin1");
        if (this.#entry(fd, name, dev)) inner.push(name);
        if (this.#turns.over) await this.#turns.rest();
      }
    } finally {
      dir.closeSync();
    }
    return inner;
  }

  async tree(path: string): Promise<void> {
    const opened = unlessGone(() => openSync(path, O_PATH | O_DIRECTORY | O_NOFOLLOW));
    if (opened === undefined) return;
    let fd = opened;
    try {
      const top = fstatSync(fd);
      this.#sum.add(top);
      const levels: Level[] = [{ ino: top.ino, inner: await this.#level(fd, top) }];
      while (!this.#done) {
        const name = levels.at(-1)?.inner.pop();
        if (name !== undefined) {
          const next = unlessGone(() => openSync(below(fd, name), O_PATH | O_DIRECTORY | O_NOFOLLOW));
          if (next === undefined) continue;
          closeSync(fd);
          fd = next;
          const stats = fstatSync(fd);
          levels.push({ ino: stats.ino, inner: stats.dev === top.dev ? await this.#level(fd, stats) : [] });
          continue;
        }
        levels.pop();
        const above = levels.at(-1);
        if (above === undefined) return;
        const next = unlessGone(() => openSync(`/proc/self/fd/${fd}/..`, O_PATH | O_DIRECTORY));
        if (next === undefined) throw new TreeMoved("a directory was removed while it was measured");
        closeSync(fd);
        fd = next;
        if (fstatSync(fd).ino !== above.ino) throw new TreeMoved("a directory was moved while it was measured");
      }
    } finally {
      closeSync(fd);
    }
  }

  #nameless(path: string, devices: ReadonlySet<number>): void {
    const stats = unlessGone(() => statSync(path, { throwIfNoEntry: false }));
    if (stats?.isSocket() === true && !this.inFlight) {
      const info = unlessGone(() => readFileSync(path.replace("/fd/", "/fdinfo/"), "utf8")) ?? "";
      this.inFlight = /^scm_fds:\s*[1-9]/m.test(info);
    }
    if (stats?.nlink === 0 && stats.isFile() && devices.has(stats.dev)) this.#sum.add(stats);
  }

  /** Counts the files without a name that a task has open or mapped. */
  async held(task: number, devices: ReadonlySet<number>): Promise<void> {
    const fds = unlessGone(() => readdirSync(`/proc/${task}/fd`)) ?? [];
    for (const name of fds) {
      this.#nameless(`/proc/${task}/fd/${name}`, devices);
      if (this.#turns.over) await this.#turns.rest();
      if (this.#done) return;
    }
    const maps = unlessGone(() => readFileSync(`/proc/${task}/maps`, "utf8")) ?? "";
    for (const line of maps.split("\n")) {
      if (!line.endsWith(" (deleted)")) continue;
      // `maps` pads addresses with zeroes, the names in map_files are without.
      const range = line.slice(0, line.indexOf(" ")).replace(/(^|-)0+(?=[0-9a-f])/g, "$1");
      this.#nameless(`/proc/${task}/map_files/${range}`, devices);
      if (this.#turns.over) await this.#turns.rest();
    }
  }
}

export interface Size {
  bytes: number;
  /** A task's socket holds descriptors that nobody has received yet, of files that nothing else may lead to. */
  inFlight: boolean;
}

/** What the trees at these paths, which only the kernel can change, hold; nothing where one is gone. Throws TreeMoved. */
export async function treeSize(paths: readonly string[], options: SizeOptions = {}): Promise<Size> {
  const size = new TreeSize(options.enoughBytes ?? Number.POSITIVE_INFINITY);
  const devices = new Set<number>();
  for (const path of paths) {
    const dev = statSync(path, { throwIfNoEntry: false })?.dev;
    if (dev !== undefined) devices.add(dev);
    await size.tree(path);
  }
  for (const task of options.tasks ?? []) await size.held(task, devices);
  return { bytes: size.bytes, inFlight: size.inFlight };
}
