import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Fault } from "../abi/index.ts";
import { importArchive } from "./archive-import.ts";
import type { ImportOptions } from "./archive-import.ts";
import { archiveEnd, rawArchive, rawEntry, rawPax } from "./raw-archive.ts";

const isRoot = process.geteuid?.() === 0;
const now = 1_800_000_000_000;
let dir: string;
let staging: string;

beforeEach(() => {
  dir = fs.mkdtempSync(join(tmpdir(), "superos-import-"));
  staging = join(dir, "staging");
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

const take = (archive: Buffer | Readable, options: Partial<ImportOptions> = {}) =>
  importArchive(Buffer.isBuffer(archive) ? Readable.from([archive]) : archive, staging, {
    owner: null,
    now,
    ...options,
  });

const text = (path: string): string => fs.readFileSync(join(staging, path), "utf8");
const mode = (path: string): string => (fs.lstatSync(join(staging, path)).mode & 0o7777).toString(8);

async function refusalOf(archive: Buffer | Readable, options: Partial<ImportOptions> = {}): Promise<Fault> {
  const input = Buffer.isBuffer(archive) ? Readable.from([archive]) : archive;
  const thrown: unknown = await take(input, options).then(
    () => new Error("it was accepted"),
    (error: unknown) => error,
  );
  expect(fs.readdirSync(dir)).toEqual([]);
  expect(input.destroyed).toBe(true);
  if (!(thrown instanceof Fault)) throw thrown;
  return thrown;
}

const descriptors = (): number => fs.readdirSync("/proc/self/fd").length;

describe("what is accepted", () => {
  test("files, directories and links arrive with normalized modes", async () => {
    const archive = rawArchive(
      { name: "./", flag: "5", mode: 0o777 },
      { name: "./bin/", flag: "5", mode: 0o7777 },
      { name: "./bin/run", content: "#!/bin/sh\n", mode: 0o6711 },
      { name: "readme", content: "hello", mode: 0o666 },
      { name: "deep/er/file", content: "x" },
      { name: "link", flag: "2", target: "deep/er" },
    );
    expect(await take(archive)).toEqual({ files: 4, bytes: 16 });
    expect(text("bin/run")).toBe("#!/bin/sh\n");
    expect(text("deep/er/file")).toBe("x");
    expect(fs.readlinkSync(join(staging, "link"))).toBe("deep/er");
    expect(["bin", "bin/run", "readme", "deep/er", ""].map(mode)).toEqual(["755", "755", "644", "755", "755"]);
  });

  test("an archive without entries is an empty project", async () => {
    expect(await take(archiveEnd)).toEqual({ files: 0, bytes: 0 });
    expect(fs.readdirSync(staging)).toEqual([]);
  });

  test("an archive that arrives byte by byte is the same archive", async () => {
    const archive = rawArchive({ name: "a", content: "hello" }, { name: "b", content: Buffer.alloc(700, 1) });
    const bytes = Array.from(archive, (byte) => Buffer.from([byte]));
    expect(await take(Readable.from(bytes))).toEqual({ files: 2, bytes: 705 });
    expect(text("a")).toBe("hello");
  });

  test("long and non-English names in extended headers arrive", async () => {
    const long = `${"d".repeat(200)}/${"n".repeat(255)}`;
    const archive = rawArchive(
      rawPax({ comment: "of all" }, "g"),
      rawPax({ path: long }),
      { name: "short", content: "long" },
      rawPax({ path: "grüße/日本語 🎈" }),
      { name: "short", content: "unicode" },
      rawPax({ path: "points", linkpath: "grüße/日本語 🎈" }),
      { name: "short", flag: "2", target: "short" },
    );
    expect(await take(archive)).toEqual({ files: 3, bytes: 11 });
    expect(text(long)).toBe("long");
    expect(text("points")).toBe("unicode");
  });

  test("the last of two regular files of one name wins", async () => {
    const archive = rawArchive({ name: "a", content: "first!", mode: 0o755 }, { name: "./a", content: "last" });
    expect(await take(archive)).toEqual({ files: 1, bytes: 4 });
    expect(text("a")).toBe("last");
    expect(mode("a")).toBe("644");
  });

  test("a hard link becomes a file of its own, also one to itself", async () => {
    const archive = rawArchive(
      { name: "d/a", content: "same", mode: 0o755 },
      { name: "b", flag: "1", target: "./d/a" },
      { name: "b", flag: "1", target: "b" },
    );
    expect(await take(archive)).toEqual({ files: 2, bytes: 8 });
    expect(text("b")).toBe("same");
    expect(mode("b")).toBe("755");
    expect(fs.statSync(join(staging, "b")).nlink).toBe(1);
  });

  test("a modification time is kept unless it lies in the future", async () => {
    await take(rawArchive({ name: "old", mtime: 1_000_000 }, { name: "new", mtime: 1_900_000_000 }));
    expect(fs.statSync(join(staging, "old")).mtimeMs).toBe(1_000_000_000);
    expect(fs.statSync(join(staging, "new")).mtimeMs).toBeLessThan(1_899_999_999_000);
  });

  test("content of many megabytes arrives whole", async () => {
    const content = Buffer.alloc(9_000_001);
    for (let at = 0; at < content.length; at += 997) content[at] = at % 251;
    await take(rawArchive({ name: "big", content }));
    expect(fs.readFileSync(join(staging, "big")).equals(content)).toBe(true);
  });

  test.skipIf(!isRoot)("with an owner everything belongs to it and nobody else may enter", async () => {
    const archive = rawArchive({ name: "d/f", content: "x" }, { name: "l", flag: "2", target: "d" });
    await take(archive, { owner: { uid: 12_345, gid: 12_346 } });
    for (const path of ["", "d", "d/f", "l"]) {
      expect(fs.lstatSync(join(staging, path))).toMatchObject({ uid: 12_345, gid: 12_346 });
    }
    expect(mode("")).toBe("700");
  });

  test("while it is extracted only the kernel's user may enter the directory", async () => {
    const input = new Readable({ read() {} });
    const done = take(input);
    input.push(rawEntry({ name: "a", content: "x" }));
    await expect.poll(() => fs.existsSync(join(staging, "a"))).toBe(true);
    expect(mode("")).toBe("700");
    input.push(archiveEnd);
    input.push(null);
    await done;
  });
});

const outside = "leads outside of the project";
const deep = Array.from({ length: 65 }, () => "d").join("/");

describe("what is refused leaves nothing behind", () => {
  test.each([
    ["an absolute path", rawArchive({ name: "/etc/x" }), "has an absolute path"],
    ["a '..' at the start", rawArchive({ name: "../x" }), "has a '..' in its path"],
    ["a '..' in the middle", rawArchive({ name: "a/../../x" }), "has a '..' in its path"],
    ["a '..' that stays inside", rawArchive({ name: "a/../x" }), "has a '..' in its path"],
    ["a '..' in an extended header", rawArchive(rawPax({ path: "../x" }), { name: "x" }), "has a '..' in its path"],
    ["a NUL in an extended header", rawArchive(rawPax({ path: "a\0b" }), { name: "x" }), "holds a NUL"],
    ["a name that is not UTF-8", rawArchive({ name: "a\xff" }), "is not named in UTF-8"],
    ["a file in place of the project", rawArchive({ name: "./." }), "would replace the project itself"],
    ["an absolute link", rawArchive({ name: "l", flag: "2", target: "/etc" }), "is a link that is absolute"],
    ["a link to outside", rawArchive({ name: "d/l", flag: "2", target: "../../x" }), outside],
    [
      "a link to outside through another",
      rawArchive({ name: "d/e/up", flag: "2", target: "../.." }, { name: "l", flag: "2", target: "d/e/up/../x" }),
      outside,
    ],
    [
      "links in a circle",
      rawArchive({ name: "a", flag: "2", target: "b" }, { name: "b", flag: "2", target: "a" }),
      "leads back to itself",
    ],
    ["an empty link", rawArchive({ name: "a", flag: "2" }), "leads nowhere"],
    [
      "an entry beneath a link",
      rawArchive({ name: "l", flag: "2", target: "." }, { name: "l/x" }),
      "lies beneath a link",
    ],
    ["an entry beneath a file", rawArchive({ name: "f" }, { name: "f/x" }), "lies beneath a file"],
    ["a hard link to outside", rawArchive({ name: "h", flag: "1", target: "/etc/passwd" }), "has an absolute path"],
    ["a hard link up", rawArchive({ name: "h", flag: "1", target: "../x" }), "has a '..' in its path"],
    [
      "a hard link to nothing",
      rawArchive({ name: "h", flag: "1", target: "f" }),
      "is a hard link to what is not a file",
    ],
    [
      "a hard link to a directory",
      rawArchive({ name: "d", flag: "5" }, { name: "h", flag: "1", target: "d" }),
      "is a hard link to",
    ],
    [
      "a hard link to a link",
      rawArchive({ name: "l", flag: "2", target: "f" }, { name: "h", flag: "1", target: "l" }),
      "is a hard link to what is not a file",
    ],
    ["a character device", rawArchive({ name: "c", flag: "3" }), "is a device"],
    ["a block device", rawArchive({ name: "b", flag: "4" }), "is a device"],
    ["a FIFO", rawArchive({ name: "p", flag: "6" }), "is a FIFO"],
    ["an unknown type", rawArchive({ name: "u", flag: "Z" }), "is of an unknown type"],
    ["an old sparse file", rawArchive({ name: "s", flag: "S" }), "is of an unknown type"],
    ["a sparse file", rawArchive(rawPax({ "GNU.sparse.major": "1" }), { name: "s" }), "is a sparse file"],
    [
      "a file over a directory",
      rawArchive({ name: "a", flag: "5" }, { name: "a" }),
      "is there already, as a directory",
    ],
    ["a directory over a file", rawArchive({ name: "a" }, { name: "a", flag: "5" }), "is there already, as a file"],
    [
      "a file over a link",
      rawArchive({ name: "a", flag: "2", target: "b" }, { name: "a" }),
      "is there already, as a link",
    ],
    [
      "a link over a file",
      rawArchive({ name: "a" }, { name: "a", flag: "2", target: "b" }),
      "is there already, as a file",
    ],
    [
      "a directory with content",
      rawArchive({ name: "d", flag: "5", size: 512 }),
      "has content but is not a regular file",
    ],
    ["a link with content", rawArchive({ name: "l", flag: "2", target: "x", content: "y" }), "has content but is not"],
    ["too deep a path", rawArchive(rawPax({ path: deep }), { name: "x" }), "more than 64 directories deep"],
    [
      "too long a name",
      rawArchive(rawPax({ path: "n".repeat(256) }), { name: "x" }),
      "has a name of more than 255 bytes",
    ],
    [
      "too long a path",
      rawArchive(rawPax({ path: Array.from({ length: 17 }, () => "ü".repeat(125)).join("/") }), { name: "x" }),
      "has a path of more than 4096 bytes",
    ],
  ])("%s", async (_what, archive, why) => {
    // Something good comes first, so that there is something to leave behind.
    const fault = await refusalOf(Buffer.concat([rawEntry({ name: "good/file", content: "good" }), archive]));
    expect(fault.code).toBe("invalid");
    expect(fault.message).toContain(why);
    expect(fault.message).toMatch(/^the archive's entry "/);
  });

  test("a hostile name is escaped and shortened in the message", async () => {
    const fault = await refusalOf(rawArchive(rawPax({ path: `/\u001b[2J\n${"x".repeat(1000)}` }), { name: "x" }));
    expect(fault.message).toContain(String.raw`"/\u001b[2J\nxxx`);
    expect(fault.message.length).toBeLessThan(300);
  });

  test("more entries than the limit, implied directories included", async () => {
    const limits = { files: 3, bytes: 1000 };
    const fault = await refusalOf(rawArchive({ name: "a/b/c/d" }), { limits });
    expect(fault.message).toBe("the archive holds more than 3 files and directories");
    await expect(take(rawArchive({ name: "a/b/c" }), { limits })).resolves.toEqual({ files: 1, bytes: 0 });
  });

  test("the same file over and over counts every time", async () => {
    const same = Array.from({ length: 4 }, () => ({ name: "a" }));
    await expect(refusalOf(rawArchive(...same), { limits: { files: 3, bytes: 1000 } })).resolves.toMatchObject({
      code: "invalid",
    });
  });

  test("more bytes than the limit, in sum, by hard links, and by declaration alone", async () => {
    const limits = { files: 10, bytes: 1000 };
    const half = { name: "a", content: Buffer.alloc(600) };
    const why = "brings the content to more than 1000 bytes";
    expect((await refusalOf(rawArchive(half, { ...half, name: "b" }), { limits })).message).toContain(why);
    expect((await refusalOf(rawArchive(half, { name: "b", flag: "1", target: "a" }), { limits })).message).toContain(
      why,
    );
    expect((await refusalOf(rawArchive({ name: "a", size: 8 ** 11 - 1 }), { limits })).message).toContain(why);
  });

  test("a size beyond all bounds in an extended header", async () => {
    const huge = rawArchive(rawPax({ size: "99999999999999999999" }), { name: "a", content: "x" });
    expect((await refusalOf(huge)).message).toContain("has no sound size");
    expect((await refusalOf(rawArchive(rawPax({ size: "nonsense" }), { name: "a" }))).message).toContain("damaged");
  });

  const whole = rawArchive({ name: "a", content: Buffer.alloc(2048) });
  test.each([
    ["nothing at all", Buffer.alloc(0)],
    ["in the first header", whole.subarray(0, 100)],
    ["after the header", whole.subarray(0, 512)],
    ["within the content", whole.subarray(0, 1024)],
    ["right after content that is zeros", whole.subarray(0, 512 + 2048)],
    ["within the end", whole.subarray(0, 512 + 2048 + 100)],
    ["of an odd length", Buffer.concat([whole, Buffer.alloc(10)])],
  ])("a truncated archive: %s", async (_what, archive) => {
    expect((await refusalOf(archive)).message).toBe("the archive is truncated");
  });

  test("an upload that breaks off", async () => {
    const input = new Readable({ read() {} });
    const fault = refusalOf(input);
    input.push(whole.subarray(0, 1024));
    setImmediate(() => input.destroy(new Error("aborted")));
    expect((await fault).message).toBe("the archive is truncated");
  });

  test("what is not a tar archive", async () => {
    expect((await refusalOf(Buffer.from("PK\u0003\u0004".padEnd(2048, "x")))).message).toContain(
      "is not a tar archive",
    );
    expect((await refusalOf(Buffer.concat([rawEntry({ name: "a" }), Buffer.alloc(1024, 7)]))).message).toContain(
      "damaged",
    );
  });

  test("a compressed archive, with a hint, also one that arrives byte by byte", async () => {
    const archive = gzipSync(whole);
    const fault = await refusalOf(archive);
    expect(fault.message).toBe("the archive is compressed with gzip");
    expect(fault.hint).toContain("uncompressed");
    const bytes = Readable.from(Array.from(archive, (byte) => Buffer.from([byte])));
    expect((await refusalOf(bytes)).message).toBe("the archive is compressed with gzip");
  });

  test("zeros or headers without end", async () => {
    const forever = (block: Buffer): Readable =>
      Readable.from(
        (function* () {
          for (;;) yield block;
        })(),
      );
    const why = "the archive holds more than 1 MiB that belongs to no entry";
    expect((await refusalOf(forever(Buffer.alloc(4096)))).message).toBe(why);
    expect((await refusalOf(forever(rawPax({ comment: "x".repeat(2000) })))).message).toBe(why);
  });
});

test("a directory that exists already is not touched", async () => {
  fs.mkdirSync(staging);
  fs.writeFileSync(join(staging, "precious"), "x");
  await expect(take(rawArchive({ name: "a" }))).rejects.toThrow("EEXIST");
  expect(fs.readdirSync(staging)).toEqual(["precious"]);
});

test("neither success nor refusal leaves a descriptor open", async () => {
  const before = descriptors();
  await take(rawArchive({ name: "a/b", content: "x" }, { name: "c", flag: "1", target: "a/b" }));
  fs.rmSync(staging, { recursive: true });
  await refusalOf(rawArchive({ name: "a/b", content: "x" }, { name: "p", flag: "6" }));
  await expect.poll(descriptors).toBe(before);
});
