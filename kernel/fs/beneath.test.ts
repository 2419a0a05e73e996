import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Fault, fileEntrySchema, fileVersionSchema } from "../abi/index.ts";
import { Beneath, listLimit } from "./beneath.ts";
import type { WriteOptions } from "./file-replace.ts";

const isRoot = process.geteuid?.() === 0;
let dir: string;
let root: string;
let beneath: Beneath;

beforeEach(() => {
  dir = fs.mkdtempSync(join(tmpdir(), "superos-beneath-"));
  root = join(dir, "files");
  fs.mkdirSync(root);
  fs.mkdirSync(join(dir, "outside"));
  fs.writeFileSync(join(dir, "outside", "secret"), "secret");
  beneath = new Beneath(root);
});
afterEach(() => {
  beneath[Symbol.dispose]();
  fs.rmSync(dir, { recursive: true });
});

const read = (...parts: string[]): Promise<string> => textOf(beneath.openFile(parts).content());
const write = (parts: string[], content: string, options: Partial<WriteOptions> = {}) =>
  beneath.writeFile(parts, Readable.from([Buffer.from(content)]), { owner: null, limitBytes: 1000, ...options });
const versionOf = (...parts: string[]): string => {
  using file = beneath.openFile(parts);
  return file.version;
};
const names = (): string[] => fs.readdirSync(root).sort();

async function faultOf(act: () => unknown): Promise<Pick<Fault, "code" | "message">> {
  try {
    await act();
  } catch (error) {
    if (error instanceof Fault) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("it was allowed");
}

const linkFault = (name: string) => ({ code: "invalid", message: `"${name}" is a link: links are not followed` });

describe("reading", () => {
  test("a file is read as long as it was when it was opened", async () => {
    fs.mkdirSync(join(root, "d"));
    fs.writeFileSync(join(root, "d", "f"), "hello");
    const file = beneath.openFile(["d", "f"]);
    expect(file.bytes).toBe(5);
    fs.appendFileSync(join(root, "d", "f"), " world");
    expect(await textOf(file.content())).toBe("hello");
    fs.writeFileSync(join(root, "empty"), "");
    expect(await read("empty")).toBe("");
  });

  test("a link is refused at every place of a path, whatever it leads to", async () => {
    fs.mkdirSync(join(root, "real"));
    fs.writeFileSync(join(root, "real", "f"), "x");
    fs.symlinkSync("real", join(root, "dirlink"));
    fs.symlinkSync("../outside", join(root, "escape"));
    fs.symlinkSync("f", join(root, "real", "filelink"));
    fs.symlinkSync("/etc/passwd", join(root, "passwd"));
    fs.symlinkSync("nothing", join(root, "dangling"));
    expect(await faultOf(() => beneath.openFile(["dirlink", "f"]))).toEqual(linkFault("dirlink"));
    expect(await faultOf(() => beneath.openFile(["escape", "secret"]))).toEqual(linkFault("escape"));
    expect(await faultOf(() => beneath.openFile(["real", "filelink"]))).toEqual(linkFault("filelink"));
    expect(await faultOf(() => beneath.openFile(["passwd"]))).toEqual(linkFault("passwd"));
    expect(await faultOf(() => beneath.openFile(["dangling"]))).toEqual(linkFault("dangling"));
    expect(await faultOf(() => beneath.list(["escape"]))).toEqual(linkFault("escape"));
    expect(await faultOf(() => write(["escape", "new"], "x"))).toEqual(linkFault("escape"));
    expect(await faultOf(() => write(["escape", "new", "file"], "x"))).toEqual(linkFault("escape"));
    expect(await faultOf(() => write(["passwd"], "x"))).toEqual(linkFault("passwd"));
    expect(await faultOf(() => beneath.remove(["escape", "secret"]))).toEqual(linkFault("escape"));
    expect(fs.readdirSync(join(dir, "outside"))).toEqual(["secret"]);
  });

  test("a planted FIFO is refused without waiting for its other end, and so is a socket of any kind of file", async () => {
    execFileSync("mkfifo", [join(root, "fifo")]);
    const message = '"fifo" is not a regular file';
    expect(await faultOf(() => beneath.openFile(["fifo"]))).toEqual({ code: "invalid", message });
    expect(await faultOf(() => write(["fifo"], "x"))).toEqual({ code: "invalid", message });
    expect((await beneath.list([])).entries).toMatchObject([{ name: "fifo", kind: "other" }]);
  });

  test("what is missing, a directory, and a file on the way are told apart", async () => {
    fs.mkdirSync(join(root, "d"));
    fs.writeFileSync(join(root, "f"), "x");
    expect(await faultOf(() => beneath.openFile(["no"]))).toEqual({
      code: "not_found",
      message: '"no" does not exist',
    });
    expect(await faultOf(() => beneath.openFile(["no", "f"]))).toMatchObject({ code: "not_found" });
    expect(await faultOf(() => beneath.openFile(["d"]))).toEqual({ code: "invalid", message: '"d" is a directory' });
    expect(await faultOf(() => beneath.openFile(["f", "x"]))).toEqual({
      code: "invalid",
      message: '"f" is not a directory',
    });
    expect(await faultOf(() => beneath.list(["f"]))).toMatchObject({ code: "invalid" });
    expect(await faultOf(() => beneath.openFile([]))).toMatchObject({ code: "invalid" });
    expect(await faultOf(() => beneath.openFile(["n".repeat(256)]))).toMatchObject({ code: "invalid" });
    for (const name of ["..", ".", "", "a/b", "a\0b"]) {
      expect(await faultOf(() => beneath.openFile([name]))).toMatchObject({ code: "invalid" });
      expect(await faultOf(() => beneath.list([name]))).toMatchObject({ code: "invalid" });
    }
  });
});

describe("listing", () => {
  test("entries are sorted, and links are listed as links", async () => {
    fs.mkdirSync(join(root, "b"));
    fs.writeFileSync(join(root, "c"), "123");
    fs.symlinkSync("/etc", join(root, "a"));
    const { entries, truncated } = await beneath.list([]);
    expect(entries.map(({ name, kind }) => [name, kind])).toEqual([
      ["a", "link"],
      ["b", "directory"],
      ["c", "file"],
    ]);
    expect(entries[2]?.bytes).toBe(3);
    expect(truncated).toBe(false);
    for (const entry of entries) expect(() => fileEntrySchema.parse(entry)).not.toThrow();
  });

  test("names that are not UTF-8 and times before the epoch are shown", async () => {
    fs.writeFileSync(Buffer.from(`${root}/na\xffme`, "latin1"), "x");
    execFileSync("touch", ["-d", "1950-01-01T00:00:00Z", join(root, "old")]);
    const { entries } = await beneath.list([]);
    expect(entries.map(({ name }) => name)).toEqual([String.raw`na\xffme`, "old"]);
    expect(entries[1]?.modifiedAt).toBe(0);
    for (const entry of entries) expect(() => fileEntrySchema.parse(entry)).not.toThrow();
  });

  test("more entries than the limit are cut and said to be", async () => {
    for (let index = 0; index < listLimit; index += 1) fs.closeSync(fs.openSync(join(root, `f${index}`), "w"));
    expect(await beneath.list([])).toMatchObject({ truncated: false });
    fs.writeFileSync(join(root, "one-more"), "");
    const { entries, truncated } = await beneath.list([]);
    expect([entries.length, truncated]).toEqual([listLimit, true]);
  });
});

describe("writing", () => {
  test("a new file is made with the directories that it needs", async () => {
    const { version } = await write(["a", "b", "f"], "hello");
    expect(await read("a", "b", "f")).toBe("hello");
    expect(version).toBe(versionOf("a", "b", "f"));
    expect(fileVersionSchema.safeParse(version).success).toBe(true);
    expect(fs.statSync(join(root, "a")).mode & 0o777).toBe(0o755);
    expect(fs.statSync(join(root, "a", "b", "f")).mode & 0o777).toBe(0o644);
  });

  test("a replaced program stays one, and loses any other right", async () => {
    fs.writeFileSync(join(root, "run"), "old");
    fs.chmodSync(join(root, "run"), 0o6700);
    await write(["run"], "new");
    expect(fs.statSync(join(root, "run")).mode & 0o7777).toBe(0o755);
  });

  test("a write that names a version succeeds only while the file is at it", async () => {
    const { version } = await write(["f"], "one", { version: null });
    expect(await faultOf(() => write(["f"], "two", { version: null }))).toEqual({
      code: "conflict",
      message: '"f" exists already',
    });
    const second = await write(["f"], "two", { version });
    expect(second.version).not.toBe(version);
    expect(await faultOf(() => write(["f"], "three", { version }))).toEqual({
      code: "conflict",
      message: '"f" has changed',
    });
    beneath.remove(["f"]);
    expect(await faultOf(() => write(["f"], "x", { version }))).toEqual({ code: "conflict", message: '"f" is gone' });
    expect(names()).toEqual([]);
  });

  test("content of the same length, with its time set back, is another version", async () => {
    const { version } = await write(["f"], "one");
    const { atime, mtime } = fs.statSync(join(root, "f"));
    fs.writeFileSync(join(root, "f"), "two");
    fs.utimesSync(join(root, "f"), atime, mtime);
    expect(versionOf("f")).not.toBe(version);
  });

  test("a change that comes while the content arrives is a conflict, and the change stays", async () => {
    const { version } = await write(["f"], "one");
    const source = new Readable({ read() {} });
    const done = faultOf(() => beneath.writeFile(["f"], source, { owner: null, limitBytes: 100, version }));
    source.push("slow");
    await expect.poll(() => names().length).toBe(2);
    fs.writeFileSync(join(root, "f"), "a program's");
    source.push(null);
    expect(await done).toMatchObject({ code: "conflict" });
    expect(await read("f")).toBe("a program's");
    expect(names()).toEqual(["f"]);
  });

  test("of two writers of one version exactly one succeeds", async () => {
    const { version } = await write(["f"], "one");
    const results = await Promise.allSettled([write(["f"], "left", { version }), write(["f"], "right", { version })]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(names()).toEqual(["f"]);
  });

  test("too much content, and content that breaks off, change nothing and end the source", async () => {
    await write(["f"], "old");
    const long = Readable.from(Array.from({ length: 20 }, () => Buffer.alloc(100)));
    expect(await faultOf(() => beneath.writeFile(["f"], long, { owner: null, limitBytes: 1000 }))).toEqual({
      code: "invalid",
      message: '"f" is larger than 1000 bytes',
    });
    expect(long.destroyed).toBe(true);
    const broken = new Readable({ read() {} });
    const done = beneath.writeFile(["f"], broken, { owner: null, limitBytes: 1000 });
    broken.push("new");
    setImmediate(() => broken.destroy(new Error("aborted")));
    await expect(done).rejects.toThrow("aborted");
    expect(await read("f")).toBe("old");
    expect(names()).toEqual(["f"]);
  });

  test("a directory is not written over, and its source is ended", async () => {
    fs.mkdirSync(join(root, "d"));
    const source = Readable.from([Buffer.from("x")]);
    const options = { owner: null, limitBytes: 10 };
    expect(await faultOf(() => beneath.writeFile(["d"], source, options))).toMatchObject({ code: "invalid" });
    expect(source.destroyed).toBe(true);
  });

  test.skipIf(!isRoot)("what is made belongs to the owner, what was there stays as it is", async () => {
    fs.mkdirSync(join(root, "theirs"));
    await write(["theirs", "new", "f"], "x", { owner: { uid: 12_345, gid: 12_346 } });
    const ownerOf = (path: string): number => fs.statSync(join(root, path)).uid;
    expect(["theirs", "theirs/new", "theirs/new/f"].map(ownerOf)).toEqual([0, 12_345, 12_345]);
  });
});

describe("removing", () => {
  test("files, links and empty directories are removed, full directories are not", async () => {
    fs.mkdirSync(join(root, "full", "empty"), { recursive: true });
    fs.symlinkSync("../outside", join(root, "link"));
    fs.writeFileSync(join(root, "file"), "x");
    expect(await faultOf(() => beneath.remove(["full"]))).toEqual({ code: "conflict", message: '"full" is not empty' });
    for (const parts of [["full", "empty"], ["full"], ["link"], ["file"]]) beneath.remove(parts);
    expect(names()).toEqual([]);
    expect(fs.existsSync(join(dir, "outside", "secret"))).toBe(true);
    expect(await faultOf(() => beneath.remove(["file"]))).toMatchObject({ code: "not_found" });
    expect(await faultOf(() => beneath.remove([]))).toMatchObject({ code: "invalid" });
  });
});

/** Swaps the directory `d` and a link to the outside, and back, as fast as a program can. */
const swapper = `
  const fs = require("node:fs");
  const { workerData: { root, stop, swaps } } = require("node:worker_threads");
  const d = root + "/d", away = root + "/away";
  let moved = 0;
  // A writer that finds nothing makes the directory: it is moved out of the way.
  const insist = (act) => {
    for (;;) {
      try { return act(); } catch { fs.renameSync(d, root + "/made-" + moved++); }
    }
  };
  while (Atomics.load(stop, 0) === 0) {
    fs.renameSync(d, away);
    insist(() => fs.symlinkSync("../outside", d));
    fs.unlinkSync(d);
    insist(() => fs.renameSync(away, d));
    Atomics.add(swaps, 0, 1);
  }
`;

test("while a directory is swapped for a link to the outside, nothing outside is read or changed", async () => {
  fs.mkdirSync(join(root, "d"));
  fs.writeFileSync(join(root, "d", "secret"), "mine");
  fs.mkdirSync(join(dir, "outside", "sub"));
  const before = fs.statSync(join(dir, "outside"));
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const swaps = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(swapper, { eval: true, workerData: { root, stop, swaps } });
  await expect.poll(() => Atomics.load(swaps, 0)).toBeGreaterThan(0);
  const met = { allowed: 0, refused: 0 };
  const meet = async (act: () => unknown): Promise<void> => {
    try {
      await act();
      met.allowed += 1;
    } catch (error) {
      if (!(error instanceof Fault) || !["not_found", "invalid"].includes(error.code)) throw error;
      met.refused += 1;
    }
  };
  try {
    for (let turn = 0; turn < 2000; turn += 1) {
      await meet(async () => expect(await read("d", "secret")).toBe("mine"));
      await meet(async () => {
        const { entries } = await beneath.list(["d"]);
        expect(entries.map(({ name }) => name)).not.toContain("sub");
      });
      await meet(() => write(["d", "new"], "x"));
      await meet(() => write(["d", "sub2", "new"], "x"));
      await meet(() => beneath.remove(["d", "sub"]));
    }
  } finally {
    Atomics.store(stop, 0, 1);
    await new Promise((resolve) => worker.once("exit", resolve));
  }
  expect(met.allowed).toBeGreaterThan(100);
  expect(met.refused).toBeGreaterThan(100);
  expect(fs.readdirSync(join(dir, "outside"))).toEqual(["secret", "sub"]);
  expect(fs.statSync(join(dir, "outside")).ctimeMs).toBe(before.ctimeMs);
  expect(fs.readFileSync(join(dir, "outside", "secret"), "utf8")).toBe("secret");
});

test("nothing leaves a descriptor open", async () => {
  const descriptors = (): number => fs.readdirSync("/proc/self/fd").length;
  fs.writeFileSync(join(root, "f"), "x");
  fs.symlinkSync("f", join(root, "l"));
  const before = descriptors();
  await read("f");
  await beneath.list([]);
  await write(["a", "b"], "x");
  await faultOf(() => beneath.openFile(["l"]));
  await faultOf(() => beneath.openFile(["l", "x"]));
  await faultOf(() => write(["l"], "x"));
  beneath.openFile(["f"])[Symbol.dispose]();
  await expect.poll(descriptors).toBe(before);
});
