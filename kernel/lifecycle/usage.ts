import type { Millis, Usage } from "../abi/index.ts";
import { type CgroupFiles, ifThere, readFigures, readNumber } from "./cgroup.ts";

/**
 * CPU and memory of a container from its cgroup files, on cgroup v1 and v2.
 *
 * The engine's own statistics take a second to answer; the files take none. What is told of a cgroup is told of all that
 * lies below it, too. Sources: cgroup-v1/memory.rst, cgroup-v1/cpuacct.rst, scheduler/sched-bwc.rst and cgroup-v2.rst
 * of the Linux documentation.
 */

type Figures = ReadonlyMap<string, number>;

/** Reads the figures; `undefined` when the cgroup is gone, or tells nothing. */
export const readUsage = (files: CgroupFiles, at: Millis): Usage | undefined =>
  ifThere(() => ({ ...readMemory(files), ...readCpu(files), at }));

/** The CPU time that it has used, in milliseconds; `undefined` when the cgroup is gone. */
export const readCpuMs = (files: CgroupFiles): number | undefined => ifThere(() => readCpuTime(files));

/** Memory that cannot be taken back from a container: what it uses, without the files that are only cached. */
export const heldMemory = (files: CgroupFiles): number | undefined =>
  ifThere(() => {
    const stat = readFigures(files.memory, "memory.stat");
    const used = readNumber(files.memory, memoryNames[files.version].current);
    const cached = (memoryStat(files, stat, "inactive_file") ?? 0) + (memoryStat(files, stat, "active_file") ?? 0);
    return Math.max(0, used - cached);
  });

const memoryNames = {
  1: { current: "memory.usage_in_bytes", peak: "memory.max_usage_in_bytes", events: "memory.oom_control" },
  2: { current: "memory.current", peak: "memory.peak", events: "memory.events" },
} as const;

type MemoryStat = "inactive_file" | "active_file" | "pgfault" | "pgmajfault";

/** On v1 the names without a prefix are of the group alone, without those below it. */
const memoryStat = ({ version }: CgroupFiles, stat: Figures | undefined, name: MemoryStat): number | undefined =>
  stat?.get(version === 1 ? `total_${name}` : name);

function readMemory(files: CgroupFiles): Omit<Usage, "cpuMs" | "throttled" | "throttledMs" | "at"> {
  const { memory: dir, version } = files;
  const names = memoryNames[version];
  const stat = ifThere(() => readFigures(dir, "memory.stat"));
  // It tells of kills since Linux 4.13.
  const events = ifThere(() => readFigures(dir, names.events));
  // v2 has it since Linux 5.19.
  const peak = ifThere(() => readNumber(dir, names.peak)) ?? 0;
  // The last to be read: what was not there before it is not missing because all of it was gone.
  const memoryBytes = readNumber(dir, names.current);
  return {
    memoryBytes,
    memoryPeakBytes: Math.max(peak, memoryBytes),
    workingSetBytes: Math.max(0, memoryBytes - (memoryStat(files, stat, "inactive_file") ?? 0)),
    pageFaults: memoryStat(files, stat, "pgfault") ?? null,
    majorFaults: memoryStat(files, stat, "pgmajfault") ?? null,
    oomKills: events?.get("oom_kill") ?? null,
  };
}

function readCpu(files: CgroupFiles): Pick<Usage, "cpuMs" | "throttled" | "throttledMs"> {
  // Without this controller it is not there, or does not tell.
  const quota = ifThere(() => readFigures(files.quota, "cpu.stat"));
  const throttledMs = (quota?.get("throttled_usec") ?? 0) / 1e3 + (quota?.get("throttled_time") ?? 0) / 1e6;
  return {
    cpuMs: Math.round(readCpuTime(files)),
    throttled: quota?.get("nr_throttled") ?? 0,
    throttledMs: Math.round(throttledMs),
  };
}

function readCpuTime({ version, cpu }: CgroupFiles): number {
  if (version === 1) return readNumber(cpu, "cpuacct.usage") / 1e6;
  const used = readFigures(cpu, "cpu.stat").get("usage_usec");
  if (used === undefined) throw new Error("cpu.stat tells no usage");
  return used / 1000;
}
