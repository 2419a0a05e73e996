import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { millisSchema, usageSchema } from "../abi/index.ts";
import { SampleCgroup } from "./sample-cgroup.ts";
import { heldMemory, readCpuMs, readUsage } from "./usage.ts";

const at = millisSchema.parse(1);
const current = (bytes: number): Record<string, string> => ({
  "memory.usage_in_bytes": `${bytes}\n`,
  "memory.current": `${bytes}\n`,
});

describe.each([1, 2] as const)("with cgroup v%i", (version) => {
  let cgroup: SampleCgroup;
  beforeEach(() => {
    cgroup = new SampleCgroup(version);
  });
  afterEach(() => cgroup[Symbol.dispose]());

  test("the figures of a container are those of its files", () => {
    const usage = readUsage(cgroup.files, at);
    expect(usage).toEqual({
      cpuMs: 551,
      memoryBytes: 12_161_024,
      memoryPeakBytes: 67_108_864,
      workingSetBytes: 12_161_024 - 868_352,
      pageFaults: 19_010,
      majorFaults: 11,
      oomKills: 1,
      throttled: 11,
      throttledMs: 577,
      at: 1,
    });
    expect(usageSchema.parse(usage)).toEqual(usage);
    expect(readCpuMs(cgroup.files)).toBeCloseTo(550.743, 2);
  });

  test("what this kernel of Linux does not tell is told as unknown, or as not yet more than now", () => {
    cgroup.write("memory", {
      "memory.stat": "anon 1\n",
      "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\n",
      "memory.events": "low 0\n",
      "memory.peak": "",
    });
    expect(readUsage(cgroup.files, at)).toMatchObject({
      workingSetBytes: 12_161_024,
      memoryPeakBytes: version === 1 ? 67_108_864 : 12_161_024,
      pageFaults: null,
      majorFaults: null,
      oomKills: null,
    });
  });

  test("a container without a CPU quota was never held back", () => {
    cgroup.write("quota", { "cpu.stat": "usage_usec 550743\nuser_usec 450620\n" });
    expect(readUsage(cgroup.files, at)).toMatchObject({ cpuMs: 551, throttled: 0, throttledMs: 0 });
  });

  test("files that are only cached are not memory that a process holds", () => {
    expect(heldMemory(cgroup.files)).toBe(12_161_024 - 868_352 - 126_976);
  });

  test("without figures about files everything counts as held", () => {
    cgroup.write("memory", { "memory.stat": "anon 1\n" });
    expect(heldMemory(cgroup.files)).toBe(12_161_024);
  });

  test("more in files than in use, as two readings may say, is not less than nothing", () => {
    cgroup.write("memory", current(1));
    expect(heldMemory(cgroup.files)).toBe(0);
    expect(readUsage(cgroup.files, at)).toMatchObject({ memoryBytes: 1, workingSetBytes: 0 });
  });

  test("a cgroup that has gone has no figures, and neither has one that tells no numbers", () => {
    cgroup.write("memory", { "memory.usage_in_bytes": "much\n", "memory.current": "much\n" });
    expect(readUsage(cgroup.files, at)).toBe(undefined);
    cgroup.remove();
    expect(heldMemory(cgroup.files)).toBe(undefined);
    expect(readUsage(cgroup.files, at)).toBe(undefined);
    expect(readCpuMs(cgroup.files)).toBe(undefined);
  });
});
