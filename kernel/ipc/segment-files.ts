import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { chmod, chown, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Control, Fault, formatCapability } from "../abi/index.ts";

/**
 * The memory behind a segment: a file system of its own in memory, with one file that fills it.
 *
 * The kernel fills it, so that its pages are charged to no container and none can be lacking later. The file system has
 * room for nothing else: whoever writes to the file can neither make it hold more nor hang anything on it. It belongs to
 * root, so that a writer can change its content and nothing about it.
 *
 * A writer can make it shorter: who may map it to write may truncate it, and a file of a mounted file system takes no
 * seals (fcntl(2)). That harms those alone who have the same segment mapped.
 */

const run = promisify(execFile);

/** The granule of sizes. */
const pageBytes = 4096;
export const wholePages = (bytes: number): number => Math.ceil(bytes / pageBytes) * pageBytes;

const mountPoint = (dir: string): string => join(dir, "mnt");
/** The file that is mapped, by the directory of its segment. */
export const segmentFile = (dir: string): string => join(mountPoint(dir), "segment");

/** Whether the file system of a segment is there. */
export function isMounted(dir: string): boolean {
  try {
    return statSync(mountPoint(dir)).dev !== statSync(dir).dev;
  } catch {
    return false;
  }
}

/** Who may open the file: a group, or, with `null`, whoever has it mounted. */
export interface SegmentShape {
  bytes: number;
  group: number | null;
}

/** Makes the memory in a directory that is there. Leaves nothing behind when it fails. Faults: `exhausted`. */
export async function makeSegment(dir: string, { bytes, group }: SegmentShape): Promise<void> {
  const point = mountPoint(dir);
  await mkdir(point, { mode: 0o700 });
  // Two inodes: the file system's root and the file.
  const options = `size=${bytes},nr_inodes=2,mode=0700,nosuid,nodev,noexec`;
  await run("mount", ["-t", "tmpfs", "-o", options, "--", "superos-segment", point]);
  const file = segmentFile(dir);
  try {
    await writeFile(file, "", { flag: "wx", mode: 0o600 });
    await fill(file, bytes);
    if (group !== null) await chown(file, 0, group);
    await chmod(file, group === null ? 0o666 : 0o660);
  } catch (error) {
    await removeSegment(dir);
    throw error;
  }
}

async function fill(file: string, bytes: number): Promise<void> {
  try {
    await run("fallocate", ["-l", String(bytes), "--", file]);
  } catch (error) {
    const amount = formatCapability({ kind: "MEM", amount: bytes });
    throw new Fault("exhausted", `this machine has no memory for a segment of ${amount}`, { cause: error });
  }
}

/** Gives the memory back once nobody has it mapped, and takes its directory away. One that is gone is no error. */
export async function removeSegment(dir: string): Promise<void> {
  // Whoever looks at it from the host must not keep it: a lazy unmount is complete when they have gone.
  if (isMounted(dir)) await run("umount", ["--lazy", "--", mountPoint(dir)]);
  await rm(dir, { recursive: true, force: true });
}

/** Makes what segments are mounted over in a process's directory. Only the kernel can make anything there. */
export async function makeMountPoints(processDir: string, segments: readonly string[]): Promise<void> {
  if (segments.length === 0) return;
  const shm = join(processDir, "shm");
  await mkdir(shm, { mode: 0o755 });
  await chmod(shm, 0o755);
  await Promise.all(segments.map((segment) => writeFile(join(shm, segment), "", { flag: "wx", mode: 0o444 })));
}

/** Whether this host lets the kernel make segments, found out by making one below `dir`. */
export async function sharedMemoryControl(dir: string): Promise<Control> {
  const name = "shared memory";
  const probe = join(dir, "probe");
  try {
    await removeSegment(probe);
    await mkdir(probe, { recursive: true, mode: 0o700 });
    await makeSegment(probe, { bytes: pageBytes, group: null });
    return { name, available: true, detail: "each segment is a file system of its own in memory" };
  } catch {
    return { name, available: false, detail: "the kernel may not mount: it is not root, or is confined" };
  } finally {
    await removeSegment(probe).catch(() => undefined);
  }
}
