import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { millisSchema } from "../abi/index.ts";
import { type CgroupFiles, heldMemory, readUsage } from "./usage.ts";

const MiB = 1 << 20;
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "superos-cgroup-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function cgroup(version: 1 | 2, files: Readonly<Record<string, string>>): CgroupFiles {
  const dir = join(home, String(version));
  mkdirSync(dir, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return { version, memory: dir, cpu: dir };
}

/** 200 MiB in use, of which 150 are files that are only cached. */
const mostlyCached = {
  1: {
    "memory.usage_in_bytes": `${200 * MiB}\n`,
    // The first lines are of the group alone, without those below it.
    "memory.stat": `cache 0\ninactive_file 0\nactive_file 0\ntotal_inactive_file ${100 * MiB}\ntotal_active_file ${50 * MiB}\n`,
  },
  2: {
    "memory.current": `${200 * MiB}\n`,
    "memory.stat": `anon ${50 * MiB}\nfile ${150 * MiB}\ninactive_file ${100 * MiB}\nactive_file ${50 * MiB}\n`,
  },
} as const;

describe.each([1, 2] as const)("with cgroup v%i", (version) => {
  test("files that are only cached are not memory that a process holds", async () => {
    expect(await heldMemory(cgroup(version, mostlyCached[version]))).toBe(50 * MiB);
  });

  test("without figures about files everything counts as held", async () => {
    const files = { ...mostlyCached[version], "memory.stat": "anon 1\n" };
    expect(await heldMemory(cgroup(version, files))).toBe(200 * MiB);
  });

  test("more in files than in use, as two readings may say, is not less than nothing", async () => {
    const files = { ...mostlyCached[version], "memory.usage_in_bytes": "1\n", "memory.current": "1\n" };
    expect(await heldMemory(cgroup(version, files))).toBe(0);
  });

  test("a cgroup that has gone has no figures", async () => {
    const gone = cgroup(version, {});
    expect(await heldMemory(gone)).toBe(undefined);
    expect(await readUsage(gone, millisSchema.parse(1))).toBe(undefined);
  });
});
