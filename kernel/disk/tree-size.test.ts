import {
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { leastEntryBytes, treeSize } from "./tree-size.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "superos-size-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const grownBy = async (act: () => void, tasks: readonly number[] = []): Promise<number> => {
  const { bytes: before } = await treeSize([dir], { tasks });
  act();
  return (await treeSize([dir], { tasks })).bytes - before;
};

test("what is written counts as what it takes on disk, a hole as nothing", async () => {
  expect(await grownBy(() => writeFileSync(join(dir, "a"), Buffer.alloc(1_000_000, 1)))).toBeGreaterThanOrEqual(
    1_000_000,
  );
  const sparse = await grownBy(() => {
    const fd = openSync(join(dir, "b"), "w");
    ftruncateSync(fd, 2 ** 40);
    closeSync(fd);
  });
  expect(sparse).toBe(leastEntryBytes);
});

test("every entry counts, also an empty one, and one with many names once", async () => {
  expect(await grownBy(() => writeFileSync(join(dir, "a"), ""))).toBe(leastEntryBytes);
  expect(await grownBy(() => mkdirSync(join(dir, "d")))).toBe(leastEntryBytes);
  expect(await grownBy(() => symlinkSync("/", join(dir, "root")))).toBe(leastEntryBytes);
  expect(await grownBy(() => linkSync(join(dir, "a"), join(dir, "d", "b")))).toBe(0);
});

test("a name that is not UTF-8 is counted", async () => {
  const name = Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0xfe])]);
  expect(await grownBy(() => writeFileSync(name, "x"))).toBe(leastEntryBytes);
});

test("a file that lost its name counts as long as a task has it open", async () => {
  const path = join(dir, "a");
  let fd = -1;
  const grown = await grownBy(() => {
    fd = openSync(path, "w");
    writeFileSync(fd, Buffer.alloc(1 << 20, 1));
    unlinkSync(path);
  }, [process.pid]);
  closeSync(fd);
  expect(grown).toBeGreaterThanOrEqual(1 << 20);
  expect(grown).toBeLessThan(2 << 20);
});

test("a tree deeper than any path can name is counted to its end", async () => {
  const depth = 40;
  const name = "d".repeat(200);
  const grown = await grownBy(() => {
    const from = process.cwd();
    try {
      process.chdir(dir);
      for (let level = 0; level < depth; level += 1) {
        mkdirSync(name);
        process.chdir(name);
      }
      writeFileSync("end", Buffer.alloc(1 << 20, 1));
    } finally {
      process.chdir(from);
    }
  });
  expect(grown).toBeGreaterThanOrEqual(depth * leastEntryBytes + (1 << 20));
});

test("counting ends once there is more than enough", async () => {
  for (let i = 0; i < 50; i += 1) writeFileSync(join(dir, String(i)), "x");
  const { bytes } = await treeSize([dir], { enoughBytes: 10 * leastEntryBytes });
  expect(bytes).toBe(11 * leastEntryBytes);
});
