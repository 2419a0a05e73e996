import { readFile } from "node:fs/promises";

/** What Linux says it could give to programs now, in bytes (proc(5), meminfo); `otherwise` where it does not say. */
export async function availableMemory(otherwise: number): Promise<number> {
  const text = await readFile("/proc/meminfo", "utf8").catch(() => "");
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return kib === undefined ? otherwise : Number(kib) * 1024;
}
