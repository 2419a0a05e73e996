import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { millisSchema, pidSchema } from "../abi/index.ts";
import { isMounted, makeMountPoints, sharedMemoryControl } from "./segment-files.ts";
import { type SegmentRecord, SegmentStore } from "./segment-store.ts";

const mebibyte = 1 << 20;
const group = 805_306_999;

const recordOf = (id: number, more: Partial<SegmentRecord> = {}): SegmentRecord => ({
  id: pidSchema.parse(id),
  name: "frames",
  project: null,
  user: "alice",
  owner: pidSchema.parse(7),
  orphan: false,
  bytes: mebibyte,
  createdAt: millisSchema.parse(1),
  ...more,
});

const canMount = process.getuid?.() === 0;

describe.skipIf(!canMount)("the store of segments", () => {
  let dir: string;
  let store: SegmentStore;

  beforeEach(async () => {
    dir = join(mkdtempSync(join(tmpdir(), "superos-shm-")), "shm");
    store = new SegmentStore(dir);
    await store.load();
  });
  afterEach(async () => {
    for (const name of readdirSync(dir)) await store.remove(pidSchema.parse(Number(name)));
    rmSync(dir, { recursive: true });
  });

  test("a segment has its pages from the start, and belongs to root and a group", async () => {
    await store.make(recordOf(12), group);
    const { size, blocks, uid, gid, mode } = statSync(store.file(pidSchema.parse(12)));
    expect({ size, blocks, uid, gid, mode: mode & 0o7777 }).toEqual({
      size: mebibyte,
      blocks: mebibyte / 512,
      uid: 0,
      gid: group,
      mode: 0o660,
    });
  });

  test("nothing else fits beside it: no byte and no file", async () => {
    await store.make(recordOf(12), null);
    const file = store.file(pidSchema.parse(12));
    const space = statfsSync(file);
    expect({ bytes: space.bfree, inodes: space.ffree }).toEqual({ bytes: 0, inodes: 0 });
    const fd = openSync(file, "r+");
    try {
      expect(() => writeSync(fd, "more", mebibyte + 4096)).toThrow("ENOSPC");
    } finally {
      closeSync(fd);
    }
    expect(() => writeFileSync(`${file}2`, "")).toThrow("ENOSPC");
  });

  test("what is removed is unmounted, and removing it again is no error", async () => {
    const id = pidSchema.parse(12);
    await store.make(recordOf(12), null);
    expect(isMounted(join(dir, "12"))).toBe(true);
    await store.remove(id);
    expect(existsSync(join(dir, "12"))).toBe(false);
    await store.remove(id);
  });

  test("another store takes over what is whole, with what was written last", async () => {
    await store.make(recordOf(12), null);
    await store.make(recordOf(13, { name: "audio", user: "bob" }), null);
    store.put(recordOf(13, { name: "audio", user: "bob", owner: pidSchema.parse(9), orphan: true }));
    writeFileSync(store.file(pidSchema.parse(12)), "kept", { flag: "r+" });
    const { records, removed } = await new SegmentStore(dir).load();
    expect(removed).toBe(0);
    expect(records.map(({ id, name, owner, orphan }) => ({ id, name, owner, orphan }))).toEqual([
      { id: 12, name: "frames", owner: 7, orphan: false },
      { id: 13, name: "audio", owner: 9, orphan: true },
    ]);
    expect(execFileSync("head", ["-c", "4", store.file(pidSchema.parse(12))], { encoding: "utf8" })).toBe("kept");
  });

  test("what a crash cut short is taken away", async () => {
    // A record without memory, as after a restart of the machine; memory without a record; one that is another's.
    mkdirSync(join(dir, "20"));
    writeFileSync(join(dir, "20", "record.json"), JSON.stringify(recordOf(20)));
    await store.make(recordOf(21), null);
    rmSync(join(dir, "21", "record.json"));
    await store.make(recordOf(22), null);
    writeFileSync(join(dir, "22", "record.json"), JSON.stringify(recordOf(23)));
    await store.make(recordOf(24), null);
    writeFileSync(join(dir, "24", "record.json"), "{");
    expect(await store.load()).toEqual({ records: [], removed: 4 });
    expect(readdirSync(dir)).toEqual([]);
  });

  test("what could not be made leaves nothing", async () => {
    await expect(store.make(recordOf(12), 2 ** 40)).rejects.toThrow("gid");
    expect(readdirSync(dir)).toEqual([]);
  });

  test("whether a host lets the kernel mount is found out, and leaves nothing", async () => {
    const absent = join(dir, "file");
    writeFileSync(absent, "");
    expect((await sharedMemoryControl(absent)).available).toBe(false);
    rmSync(absent);
    expect((await sharedMemoryControl(dir)).available).toBe(true);
    expect(readdirSync(dir)).toEqual([]);
  });
});

test("the mount points of a process are empty files that nobody can write", async () => {
  const dir = mkdtempSync(join(tmpdir(), "superos-points-"));
  try {
    await makeMountPoints(dir, []);
    expect(readdirSync(dir)).toEqual([]);
    await makeMountPoints(dir, ["frames", "audio"]);
    expect(readdirSync(join(dir, "shm")).toSorted()).toEqual(["audio", "frames"]);
    expect(statSync(join(dir, "shm", "audio")).mode & 0o777).toBe(0o444);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
