import * as fs from "node:fs";
import type { Readable } from "node:stream";
import { extract } from "tar-stream";
import type { Extract, Header } from "tar-stream";
import { ArchiveMeter } from "./archive-meter.ts";
import { ArchiveTree } from "./archive-tree.ts";
import type { ArchiveLimits, Step } from "./archive-tree.ts";
import { Directory } from "./directory.ts";
import type { Owner } from "./directory.ts";
import { openPath } from "./directory-path.ts";
import { writeAll } from "./file-write.ts";
import { removeTree } from "./tree-remove.ts";

/**
 * Extracts a tar archive from anybody into a fresh directory.
 *
 * Until it returns, only the kernel's user can enter the directory. It holds regular files (0644 or 0755), directories
 * (0755) and links that stay inside, nothing else; owners of the archive are ignored. On any failure nothing is left.
 */

export const defaultLimits: ArchiveLimits = { files: 100_000, bytes: 2 ** 30 };

export interface ImportOptions {
  owner: Owner;
  /** Milliseconds since the epoch: a modification time after it is not kept. */
  now: number;
  limits?: ArchiveLimits;
}

interface Job extends Required<ImportOptions> {
  root: Directory;
  tree: ArchiveTree;
}

type Entry = Extract extends AsyncIterable<infer E> ? E : never;

/** So much goes to the parser before the meter looks again. */
const sliceBytes = 64 * 1024;

/** Resolves when the parser takes more, or nothing any more. */
function drained(parser: Extract): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      parser.off("drain", done);
      parser.off("close", done);
      resolve();
    };
    parser.on("drain", done);
    parser.on("close", done);
  });
}

async function feed(input: Readable, parser: Extract, meter: ArchiveMeter): Promise<void> {
  try {
    for await (const chunk of input as AsyncIterable<Uint8Array>) {
      for (let at = 0; at < chunk.length; at += sliceBytes) {
        if (parser.destroyed) return;
        const slice = chunk.subarray(at, at + sliceBytes);
        meter.take(slice);
        if (!parser.write(slice)) await drained(parser);
      }
    }
  } catch (error) {
    throw meter.inputFault(error);
  }
  parser.end(null);
}

/** Where the entry's content begins; tar-stream's types do not know it. */
function offsetOf(header: Header): number {
  if ("byteOffset" in header && typeof header.byteOffset === "number") return header.byteOffset;
  throw new Error("the parser does not say where an entry begins");
}

function timesOf(header: Header, now: number): number | undefined {
  const at = header.mtime.getTime();
  return at >= 0 && at <= now ? at / 1000 : undefined;
}

async function createFile(job: Job, step: Step & { do: "file" | "copy" }, entry: Entry): Promise<void> {
  const name = step.parts.at(-1) ?? "";
  // Opened before anything is removed: an entry may be a hard link to itself.
  const source = step.do === "copy" ? openSource(job, step.from) : entry;
  try {
    using directory = openPath(job.root, step.parts.slice(0, -1), job.owner);
    if (step.replaces) directory.unlink(name);
    const fd = directory.createFile(name);
    try {
      for await (const chunk of source as AsyncIterable<Uint8Array>) await writeAll({ fd, name }, chunk);
      if (job.owner !== null) fs.fchownSync(fd, job.owner.uid, job.owner.gid);
      fs.fchmodSync(fd, step.executable ? 0o755 : 0o644);
      const time = timesOf(entry.header, job.now);
      if (time !== undefined) fs.futimesSync(fd, time, time);
    } finally {
      fs.closeSync(fd);
    }
  } finally {
    if (step.do === "copy") source.destroy();
  }
}

function openSource(job: Job, from: readonly string[]): Readable {
  using directory = openPath(job.root, from.slice(0, -1));
  const { fd } = directory.openRegular(from.at(-1) ?? "");
  return fs.createReadStream("", { fd, autoClose: true });
}

async function unpack(job: Job, parser: Extract): Promise<void> {
  for await (const entry of parser) {
    const step = job.tree.enter(entry.header);
    switch (step.do) {
      case "nothing":
        break;
      case "directory":
        openPath(job.root, step.parts, job.owner)[Symbol.dispose]();
        break;
      case "file":
      case "copy":
        await createFile(job, step, entry);
        break;
      default:
        step satisfies never;
    }
  }
}

function makeLinks(job: Job): void {
  for (const { parts, target } of job.tree.finish()) {
    using directory = openPath(job.root, parts.slice(0, -1), job.owner);
    directory.makeLink(parts.at(-1) ?? "", target, job.owner);
  }
}

async function run(input: Readable, job: Job): Promise<void> {
  const parser = extract();
  const meter = new ArchiveMeter(job.limits);
  parser.on("entry", (header) => meter.entry(offsetOf(header), header.size));
  let failure: Error | undefined;
  const fail = (error: unknown): void => {
    failure ??= error instanceof Error ? error : new Error("the archive could not be read", { cause: error });
    parser.destroy(failure);
    input.destroy();
  };
  await Promise.all([unpack(job, parser).catch(fail), feed(input, parser, meter).catch(fail)]);
  if (failure !== undefined) throw meter.parserFault(failure);
  meter.finish();
  makeLinks(job);
}

/**
 * Makes `stagingDir`, which must not exist, and extracts the archive into it. Returns how many files (links count,
 * directories do not) it holds with how many bytes. Faults: `invalid` naming what is wrong; `exhausted`.
 */
export async function importArchive(
  input: Readable,
  stagingDir: string,
  options: ImportOptions,
): Promise<{ files: number; bytes: number }> {
  const { owner, now, limits = defaultLimits } = options;
  try {
    fs.mkdirSync(stagingDir, { mode: 0o700 });
  } catch (error) {
    input.destroy();
    throw error;
  }
  try {
    const tree = new ArchiveTree(limits);
    using root = Directory.open(stagingDir);
    await run(input, { owner, now, limits, root, tree });
    if (owner !== null) fs.chownSync(stagingDir, owner.uid, owner.gid);
    else fs.chmodSync(stagingDir, 0o755);
    return tree.usage();
  } catch (error) {
    input.destroy();
    await removeTree(stagingDir);
    throw error;
  }
}
