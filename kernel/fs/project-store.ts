import * as fs from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { Fault, projectIdSchema } from "../abi/index.ts";
import type { ProjectId } from "../abi/index.ts";
import { importArchive } from "./archive-import.ts";
import type { ArchiveLimits } from "./archive-tree.ts";
import { Beneath } from "./beneath.ts";
import { Directory } from "./directory.ts";
import type { Owner } from "./directory.ts";
import { quote } from "./file-name.ts";
import { newProjectId, parseProjectRecord, projectRecordSchema } from "./project-record.ts";
import type { ProjectRecord } from "./project-record.ts";
import { systemFault } from "./system-fault.ts";
import { removeTree } from "./tree-remove.ts";
import { measureTree } from "./tree-walk.ts";

/**
 * The projects on disk: `DIR/ID/project.json` and `DIR/ID/files/`, which are authoritative.
 *
 * A project appears and disappears by one rename, so after a crash it is there as a whole or not at all; what was
 * under way is cleared by `load`. Everything but `files/` belongs to the kernel alone. Names, ids and users are unique.
 */

export interface ProjectStoreOptions {
  dir: string;
  /** Who owns the files of the project with this user; `null` where the kernel may not give files away. */
  owner: (uid: number) => Owner;
  now: () => number;
  random: (bytes: number) => Uint8Array;
  limits?: ArchiveLimits;
}

export interface Usage {
  readonly files: number;
  readonly bytes: number;
}

interface Measured {
  usage: Promise<Usage>;
  at: number;
}

const incoming = ".incoming-";
const removed = ".removed-";
const recordFile = "project.json";
const recordLimitBytes = 4096;
const usageAgeMs = 30_000;
const usageLimit = 100_000;

export class ProjectStore {
  readonly #options: ProjectStoreOptions;
  readonly #records = new Map<ProjectId, ProjectRecord>();
  readonly #usage = new Map<ProjectId, Measured>();
  /** What imports under way will be called and run as. */
  readonly #arriving = new Set<Pick<ProjectRecord, "name" | "uid">>();

  constructor(options: ProjectStoreOptions) {
    this.#options = options;
  }

  /**
   * Reads the projects from disk and clears what a crash left half done. A folder that is not a sound project is left
   * alone and returned with the reason.
   */
  async load(): Promise<{ unsound: { folder: string; why: string }[] }> {
    const { dir } = this.#options;
    fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#records.clear();
    this.#usage.clear();
    const unsound: { folder: string; why: string }[] = [];
    for (const entry of fs.readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!entry.isDirectory()) continue;
      try {
        if (entry.name.startsWith(incoming) || entry.name.startsWith(removed)) {
          await removeTree(join(dir, entry.name));
          continue;
        }
        const record = this.#read(entry.name);
        this.#records.set(record.id, record);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        unsound.push({ folder: entry.name, why: error.message });
      }
    }
    return { unsound };
  }

  list(): ProjectRecord[] {
    return [...this.#records.values()].sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  }

  /** Faults: `not_found`. */
  get(id: ProjectId): ProjectRecord {
    const record = this.#records.get(id);
    if (record === undefined) throw new Fault("not_found", `there is no project ${id}`);
    return record;
  }

  /**
   * Imports an archive as a new project whose programs run as `uid`. Faults: `conflict` for a name or a user in use,
   * by an import under way too; `invalid` for a bad archive; `exhausted`.
   */
  async create(name: string, uid: number, archive: Readable): Promise<ProjectRecord> {
    const { dir, owner, now, random, limits } = this.#options;
    const claim = { name, uid };
    try {
      this.#checkFree(claim);
    } catch (error) {
      archive.destroy();
      throw error;
    }
    this.#arriving.add(claim);
    const staging = join(dir, incoming + newProjectId(random));
    try {
      const record = projectRecordSchema.parse({ id: this.#freeId(), name, uid, createdAt: now() });
      fs.mkdirSync(staging, { mode: 0o700 });
      const options = { owner: owner(uid), now: now(), ...(limits === undefined ? {} : { limits }) };
      const usage = await importArchive(archive, join(staging, "files"), options);
      fs.writeFileSync(join(staging, recordFile), `${JSON.stringify(record)}\n`, {
        mode: 0o600,
        flag: "wx",
        flush: true,
      });
      fs.renameSync(staging, join(dir, record.id));
      this.#records.set(record.id, record);
      this.#usage.set(record.id, { usage: Promise.resolve(usage), at: now() });
      return record;
    } catch (error) {
      archive.destroy();
      if (fs.existsSync(staging)) await removeTree(staging);
      throw systemFault(error, `the project ${quote(name)}`);
    } finally {
      this.#arriving.delete(claim);
    }
  }

  /** Changes what the record says of the project; it is on disk before this returns. Faults: `not_found`. */
  change(id: ProjectId, changes: Pick<ProjectRecord, "engineRuntime">): ProjectRecord {
    const record = { ...this.get(id), ...changes };
    const folder = join(this.#options.dir, id);
    const next = join(folder, `.${recordFile}`);
    fs.writeFileSync(next, `${JSON.stringify(record)}\n`, { mode: 0o600, flush: true });
    fs.renameSync(next, join(folder, recordFile));
    this.#records.set(id, record);
    return record;
  }

  /** Forgets the project at once and removes its files. Its programs must have ended. Faults: `not_found`. */
  async remove(id: ProjectId): Promise<void> {
    const record = this.get(id);
    const { dir, random } = this.#options;
    const away = join(dir, removed + newProjectId(random));
    fs.renameSync(join(dir, record.id), away);
    this.#records.delete(id);
    this.#usage.delete(id);
    await removeTree(away);
  }

  /** The absolute path of the project's files, for the mount. Faults: `not_found`. */
  filesDir(id: ProjectId): string {
    return join(this.#options.dir, this.get(id).id, "files");
  }

  /** The project's files by path; the caller disposes of it. Faults: `not_found`. */
  beneath(id: ProjectId): Beneath {
    return new Beneath(this.filesDir(id));
  }

  /** How much the project holds, at most half a minute old; a very large one is not counted to the end. */
  async usage(id: ProjectId): Promise<Usage> {
    const files = this.filesDir(id);
    const now = this.#options.now();
    const known = this.#usage.get(id);
    if (known !== undefined && now - known.at < usageAgeMs) return known.usage;
    const measured = { usage: measureTree(files, usageLimit), at: now };
    this.#usage.set(id, measured);
    try {
      return await measured.usage;
    } catch (error) {
      if (this.#usage.get(id) === measured) this.#usage.delete(id);
      throw error;
    }
  }

  #checkFree({ name, uid }: Pick<ProjectRecord, "name" | "uid">): void {
    for (const other of [...this.#records.values(), ...this.#arriving]) {
      if (other.name === name) throw new Fault("conflict", `there is a project ${quote(name)} already`);
      if (other.uid === uid) throw new Fault("conflict", `the user ${uid} belongs to the project ${quote(other.name)}`);
    }
  }

  #freeId(): ProjectId {
    let id = newProjectId(this.#options.random);
    while (fs.existsSync(join(this.#options.dir, id))) id = newProjectId(this.#options.random);
    return id;
  }

  /** The sound record of a folder. Faults: any, with what is wrong. */
  #read(folder: string): ProjectRecord {
    const id = projectIdSchema.safeParse(folder);
    if (!id.success) throw new Fault("invalid", "its name is not a project id");
    using directory = Directory.open(join(this.#options.dir, folder));
    using _files = directory.openDirectory("files");
    const { fd, stats } = directory.openRegular(recordFile);
    try {
      if (stats.size > recordLimitBytes)
        throw new Fault("invalid", `${recordFile} is larger than ${recordLimitBytes} bytes`);
      const record = parseProjectRecord(fs.readFileSync(fd, "utf8"));
      if (record.id !== id.data) throw new Fault("invalid", `${recordFile} is that of ${record.id}`);
      this.#checkFree(record);
      return record;
    } finally {
      fs.closeSync(fd);
    }
  }
}
