import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Millis, Usage } from "../abi/index.ts";

/**
 * CPU and memory of a container from its cgroup files, on cgroup v1 and v2.
 *
 * The engine's own statistics take a second to answer; the files take none. Sources: cgroup-v1/memory.rst,
 * cgroup-v1/cpuacct.rst and cgroup-v2.rst of the Linux documentation.
 */

const root = "/sys/fs/cgroup";

/** The files of one container. v1 has a hierarchy for each controller, v2 one for all. */
export interface CgroupFiles {
  version: 1 | 2;
  memory: string;
  cpu: string;
}

/** Finds the cgroup of a process from `/proc/PID/cgroup`; `undefined` when it is gone or unreadable. */
export async function cgroupOf(hostPid: number): Promise<CgroupFiles | undefined> {
  const text = await readFile(`/proc/${hostPid}/cgroup`, "utf8").catch(() => "");
  const lines = text.split("\n").map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const path = (controller: string): string | undefined =>
    lines.find((line) => line?.[1]?.split(",").includes(controller) === true)?.[2];
  const memory = path("memory");
  const cpu = path("cpuacct");
  if (memory !== undefined && cpu !== undefined) {
    return { version: 1, memory: join(root, "memory", memory), cpu: join(root, "cpuacct", cpu) };
  }
  const unified = path("");
  return unified === undefined ? undefined : { version: 2, memory: join(root, unified), cpu: join(root, unified) };
}

async function number(file: string): Promise<number> {
  return Number((await readFile(file, "utf8")).trim());
}

/** Memory that cannot be taken back from a container: what it uses, without the files that are only cached. */
export async function heldMemory(files: CgroupFiles): Promise<number | undefined> {
  try {
    const v1 = files.version === 1;
    const used = await number(join(files.memory, v1 ? "memory.usage_in_bytes" : "memory.current"));
    const stat = await readFile(join(files.memory, "memory.stat"), "utf8");
    const cached = ["inactive_file", "active_file"].map((name) =>
      Number(new RegExp(`^${v1 ? "total_" : ""}${name} (\\d+)$`, "m").exec(stat)?.[1] ?? 0),
    );
    return Math.max(0, used - cached.reduce((sum, bytes) => sum + bytes, 0));
  } catch {
    return undefined;
  }
}

/** Reads the figures; `undefined` when the cgroup is gone. */
export async function readUsage(files: CgroupFiles, at: Millis): Promise<Usage | undefined> {
  try {
    if (files.version === 1) {
      const [cpuNs, memoryBytes, memoryPeakBytes] = await Promise.all([
        number(join(files.cpu, "cpuacct.usage")),
        number(join(files.memory, "memory.usage_in_bytes")),
        number(join(files.memory, "memory.max_usage_in_bytes")),
      ]);
      return { cpuMs: Math.round(cpuNs / 1e6), memoryBytes, memoryPeakBytes, at };
    }
    const stat = await readFile(join(files.cpu, "cpu.stat"), "utf8");
    const memoryBytes = await number(join(files.memory, "memory.current"));
    // memory.peak exists since Linux 5.19.
    const peak = await number(join(files.memory, "memory.peak")).catch(() => memoryBytes);
    const cpuUs = Number(/^usage_usec (\d+)$/m.exec(stat)?.[1] ?? 0);
    return { cpuMs: Math.round(cpuUs / 1000), memoryBytes, memoryPeakBytes: peak, at };
  } catch {
    return undefined;
  }
}
