import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { classShares, type ProcessClass } from "../abi/index.ts";

/**
 * How much of the CPU a class gets where others want it too.
 *
 * The foreground has the default of its cgroup version, the others their share of it. Sources: sched-design-CFS.rst
 * (cpu.shares, 1024) and cgroup-v2.rst (cpu.weight, 100) of the Linux documentation.
 */

const root = "/sys/fs/cgroup";

/** Without effect where the kernel may not write there, or the container has gone. */
export async function setWeight(hostPid: number, as: ProcessClass): Promise<void> {
  const text = await readFile(`/proc/${hostPid}/cgroup`, "utf8").catch(() => "");
  const lines = text.split("\n").map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const old = lines.find((line) => line?.[1]?.split(",").includes("cpu") === true)?.[2];
  const unified = lines.find((line) => line?.[1] === "")?.[2];
  const of = (whole: number): string => String(Math.round((whole * classShares[as]) / classShares.foreground));
  const [file, value] =
    old === undefined
      ? [join(root, unified ?? "/", "cpu.weight"), of(100)]
      : [join(root, "cpu", old, "cpu.shares"), of(1024)];
  // The root cgroup holds everybody.
  if ((old ?? unified ?? "/") === "/") return;
  await writeFile(file, value, { flag: "r+" }).catch(() => undefined);
}
