import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CgroupFiles } from "./usage.ts";

/** CPU time of a container so far in milliseconds; `undefined` when its cgroup is gone. */
export async function readCpuMs({ version, cpu }: CgroupFiles): Promise<number | undefined> {
  try {
    if (version === 1) return Number(await readFile(join(cpu, "cpuacct.usage"), "utf8")) / 1e6;
    const stat = await readFile(join(cpu, "cpu.stat"), "utf8");
    return Number(/^usage_usec (\d+)$/m.exec(stat)?.[1] ?? 0) / 1000;
  } catch {
    return undefined;
  }
}
