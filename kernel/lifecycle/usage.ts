import type { Millis, Usage } from "../abi/index.ts";
import { type CgroupFiles, readFigures, readFiguresIfThere, readNumber } from "./cgroup.ts";

export { type CgroupFiles, cgroupOf } from "./cgroup.ts";

/**
 * CPU and memory of a container from its cgroup files, on cgroup v1 and v2.
 *
 * The engine's own statistics take a second to answer; the files take none. What is told of a cgroup is told of all that
 * lies below it, too. Sources: cgroup-v1/memory.rst, cgroup-v1/cpuacct.rst, scheduler/sched-bwc.rst and cgroup-v2.rst
 * of the Linux documentation.
 */

type MemoryFigures = Omit<Usage, "cpuMs" | "throttled" | "throttledMs" | "at">;
type CpuFigures = Pick<Usage, "cpuMs" | "throttled" | "throttledMs">;

/** Reads the figures; `undefined` when the cgroup is gone, or tells nothing. */
export async function readUsage(files: CgroupFiles, at: Millis): Promise<Usage | undefined> {
  try {
    const [memory, cpu] = await Promise.all([readMemory(files), readCpu(files)]);
    return { ...memory, ...cpu, at };
  } catch {
    return undefined;
  }
}

/** The CPU time that it has used, in milliseconds; `undefined` when the cgroup is gone. */
export async function readCpuMs(files: CgroupFiles): Promise<number | undefined> {
  try {
    return await readCpuTime(files);
  } catch {
    return undefined;
  }
}

/** Memory that cannot be taken back from a container: what it uses, without the files that are only cached. */
export async function heldMemory(files: CgroupFiles): Promise<number | undefined> {
  try {
    const used = await readNumber(files.memory, memoryNames[files.version].current);
    const stat = await readFigures(files.memory, "memory.stat");
    return Math.max(0, used - (cached(stat, files, "inactive_file") ?? 0) - (cached(stat, files, "active_file") ?? 0));
  } catch {
    return undefined;
  }
}

const memoryNames = {
  1: { current: "memory.usage_in_bytes", peak: "memory.max_usage_in_bytes", events: "memory.oom_control" },
  2: { current: "memory.current", peak: "memory.peak", events: "memory.events" },
} as const;

/** On v1 the names without a prefix are of the group alone, without those below it. */
const cached = (
  stat: ReadonlyMap<string, number>,
  { version }: CgroupFiles,
  name: "inactive_file" | "active_file" | "pgfault" | "pgmajfault",
): number | undefined => stat.get(version === 1 ? `total_${name}` : name);

async function readMemory(files: CgroupFiles): Promise<MemoryFigures> {
  const { memory: dir, version } = files;
  const names = memoryNames[version];
  const [stat, events, peak] = await Promise.all([
    readFiguresIfThere(dir, "memory.stat"),
    // It tells of kills since Linux 4.13.
    readFiguresIfThere(dir, names.events),
    // v2 has it since Linux 5.19.
    readNumber(dir, names.peak).catch(() => 0),
  ]);
  // The last to be read: what was not there before it is not missing because all of it was gone.
  const memoryBytes = await readNumber(dir, names.current);
  return {
    memoryBytes,
    memoryPeakBytes: Math.max(peak, memoryBytes),
    workingSetBytes: Math.max(0, memoryBytes - (cached(stat, files, "inactive_file") ?? 0)),
    pageFaults: cached(stat, files, "pgfault") ?? null,
    majorFaults: cached(stat, files, "pgmajfault") ?? null,
    oomKills: events.get("oom_kill") ?? null,
  };
}

async function readCpu(files: CgroupFiles): Promise<CpuFigures> {
  // Without a quota it tells nothing, and without this controller it is not there.
  const quota = await readFiguresIfThere(files.quota, "cpu.stat");
  const throttledMs = (quota.get("throttled_usec") ?? 0) / 1e3 + (quota.get("throttled_time") ?? 0) / 1e6;
  return {
    cpuMs: Math.round(await readCpuTime(files)),
    throttled: quota.get("nr_throttled") ?? 0,
    throttledMs: Math.round(throttledMs),
  };
}

async function readCpuTime({ version, cpu }: CgroupFiles): Promise<number> {
  if (version === 1) return (await readNumber(cpu, "cpuacct.usage")) / 1e6;
  const used = (await readFigures(cpu, "cpu.stat")).get("usage_usec");
  if (used === undefined) throw new Error("cpu.stat tells no usage");
  return used / 1000;
}
