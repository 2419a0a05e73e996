import { readFileSync } from "node:fs";

/** What Linux says of the machine as a whole; where it says nothing, what is harmless. It lies in memory, and costs no thread. */

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** What it could give to programs now, in bytes (proc(5), meminfo: MemAvailable). */
export function availableMemory(otherwise: number): number {
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(textOf("/proc/meminfo"))?.[1];
  return kib === undefined ? otherwise : Number(kib) * 1024;
}

/** Linux counts CPU time for programs in hundredths of a second (USER_HZ). */
const tickMs = 10;

/** How long all cores together have been idle since the start, in milliseconds (proc_stat(5): idle and iowait). */
export function idleTime(): number {
  const fields = /^cpu +\d+ \d+ \d+ (\d+) (\d+)/m.exec(textOf("/proc/stat"));
  return (Number(fields?.[1] ?? 0) + Number(fields?.[2] ?? 0)) * tickMs;
}
