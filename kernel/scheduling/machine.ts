import { readFile } from "node:fs/promises";

/** What Linux says of the machine as a whole; where it says nothing, what is harmless. */

/** What it could give to programs now, in bytes (proc(5), meminfo: MemAvailable). */
export async function availableMemory(otherwise: number): Promise<number> {
  const text = await readFile("/proc/meminfo", "utf8").catch(() => "");
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return kib === undefined ? otherwise : Number(kib) * 1024;
}

/** Linux counts CPU time for programs in hundredths of a second (USER_HZ). */
const tickMs = 10;

/** How long all cores together have been idle since the start, in milliseconds (proc_stat(5): idle and iowait). */
export async function idleTime(): Promise<number> {
  const text = await readFile("/proc/stat", "utf8").catch(() => "");
  const fields = /^cpu +\d+ \d+ \d+ (\d+) (\d+)/m.exec(text);
  return (Number(fields?.[1] ?? 0) + Number(fields?.[2] ?? 0)) * tickMs;
}
