import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Where a container's cgroup files are, and how they are read, on cgroup v1, v2, and v1 with a v2 beside it.
 *
 * Every file may be gone at any time: its container has ended. They are read at once and not by a thread of libuv's pool,
 * which would take longer than Linux does and come too late for what is about to go. Sources: cgroup-v1/cgroups.rst and cgroup-v2.rst of the
 * Linux documentation.
 */

const root = "/sys/fs/cgroup";

/** The directories of one container. v1 has a hierarchy for each controller, v2 one for all. */
export interface CgroupFiles {
  version: 1 | 2;
  memory: string;
  /** Where the CPU time is that it used. */
  cpu: string;
  /** Where it is told how often its CPU quota held it back. */
  quota: string;
  /** Where it is told that its last task has ended; only v2 does, also one that is there beside v1. */
  unified: string | undefined;
}

/** Finds the cgroup of a process from the text of `/proc/PID/cgroup`; `undefined` where it has none of its own. */
export function parseCgroup(text: string): CgroupFiles | undefined {
  const lines = text.split("\n").map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const path = (controller: string): string | undefined =>
    lines.find((line) => line?.[1]?.split(",").includes(controller) === true)?.[2];
  const [memory, cpu, quota, unified] = [path("memory"), path("cpuacct"), path("cpu"), path("")];
  // The root cgroup holds everybody.
  const isOwn = (own: string | undefined): own is string => own !== undefined && own !== "/";
  if (memory === undefined && cpu === undefined) {
    if (!isOwn(unified)) return undefined;
    const dir = join(root, unified);
    return { version: 2, memory: dir, cpu: dir, quota: dir, unified: dir };
  }
  if (!isOwn(memory) || !isOwn(cpu)) return undefined;
  return {
    version: 1,
    memory: join(root, "memory", memory),
    cpu: join(root, "cpuacct", cpu),
    quota: join(root, "cpu", quota ?? cpu),
    unified: isOwn(unified) ? join(root, "unified", unified) : undefined,
  };
}

/** The cgroup of a process of this machine; `undefined` when it is gone, or has none of its own. */
export async function cgroupOf(hostPid: number): Promise<CgroupFiles | undefined> {
  return parseCgroup(await readFile(`/proc/${hostPid}/cgroup`, "utf8").catch(() => ""));
}

/** The number that a file holds. Throws where there is none. */
export function readNumber(dir: string, name: string): number {
  const text = readFileSync(join(dir, name), "utf8").trim();
  if (!/^\d+$/.test(text)) throw new Error(`${name} holds no number: ${text}`);
  return Number(text);
}

/** The numbers of a file of lines of a name and a number. Throws where there is none. */
export function readFigures(dir: string, name: string): ReadonlyMap<string, number> {
  const text = readFileSync(join(dir, name), "utf8");
  return new Map(Array.from(text.matchAll(/^(\S+) (\d+)$/gm), ([, key = "", value]) => [key, Number(value)]));
}

/** What `read` gives; `undefined` where the file is not there, or tells something else. */
export function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
