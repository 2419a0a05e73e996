import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract } from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exportArchive } from "./archive-export.ts";
import { importArchive } from "./archive-import.ts";
import { measureTree, walkTree } from "./tree-walk.ts";

let dir: string;
let root: string;

beforeEach(() => {
  dir = fs.mkdtempSync(join(tmpdir(), "superos-export-"));
  root = join(dir, "files");
  fs.mkdirSync(root);
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

const descriptors = (): number => fs.readdirSync("/proc/self/fd").length;

async function entriesOf(archive: Readable) {
  const parser = extract();
  archive.on("error", (error) => parser.destroy(error));
  archive.pipe(parser);
  const found = [];
  for await (const entry of parser) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    found.push({ header: entry.header, content: Buffer.concat(chunks) });
  }
  return found;
}

test("files, directories and links come sorted, with owner 0 and normalized modes", async () => {
  fs.mkdirSync(join(root, "b", "inner"), { recursive: true });
  fs.writeFileSync(join(root, "b", "inner", "z"), "deep");
  fs.writeFileSync(join(root, "b", "x"), "#!");
  fs.chmodSync(join(root, "b", "x"), 0o6711);
  fs.writeFileSync(join(root, "c"), "hello");
  fs.chmodSync(join(root, "c"), 0o600);
  fs.linkSync(join(root, "c"), join(root, "hard"));
  fs.symlinkSync("/anywhere", join(root, "a"));
  execFileSync("mkfifo", [join(root, "fifo")]);
  const found = await entriesOf(exportArchive(root));
  const rows = found.map(({ header, content }) => [
    header.name,
    header.type,
    header.mode.toString(8),
    content.toString(),
  ]);
  expect(rows).toEqual([
    ["a", "symlink", "777", ""],
    ["b/", "directory", "755", ""],
    ["b/inner/", "directory", "755", ""],
    ["b/inner/z", "file", "644", "deep"],
    ["b/x", "file", "755", "#!"],
    ["c", "file", "644", "hello"],
    ["hard", "file", "644", "hello"],
  ]);
  expect(found[0]?.header.linkname).toBe("/anywhere");
  expect(found.every(({ header }) => header.uid === 0 && header.gid === 0 && header.uname === "")).toBe(true);
});

test("what is exported can be imported and read by tar, whatever it is called", async () => {
  const long = join("d".repeat(200), "e".repeat(200), "n".repeat(255));
  fs.mkdirSync(join(root, "d".repeat(200), "e".repeat(200)), { recursive: true });
  fs.writeFileSync(join(root, long), "long");
  fs.writeFileSync(join(root, "grüße 🎈"), Buffer.alloc(70_000, 3));
  fs.writeFileSync(join(root, "x".repeat(100)), "exactly");
  fs.symlinkSync(long, join(root, "link"));
  const archive = await buffer(exportArchive(root));
  expect(archive.length % 512).toBe(0);
  const listed = execFileSync("tar", ["-tf", "-", "--quoting-style=literal"], { input: archive }).toString();
  expect(listed.split("\n")).toContain(long);
  expect(listed.split("\n")).toContain("grüße 🎈");
  const staging = join(dir, "again");
  await importArchive(Readable.from([archive]), staging, { owner: null, now: Date.now() });
  expect(fs.readFileSync(join(staging, long), "utf8")).toBe("long");
  expect(fs.readlinkSync(join(staging, "link"))).toBe(long);
  expect((await buffer(exportArchive(staging))).equals(archive)).toBe(true);
});

test("a file that shrinks while it is read is filled up, one that grows is cut", async () => {
  const size = 3_000_000;
  fs.writeFileSync(join(root, "a-grows"), Buffer.alloc(size, 1));
  fs.writeFileSync(join(root, "b-shrinks"), Buffer.alloc(size, 2));
  fs.writeFileSync(join(root, "c-after"), "after");
  const source = exportArchive(root);
  let seen = 0;
  const archive = Readable.from(
    (async function* () {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        if (seen < 1000) fs.appendFileSync(join(root, "a-grows"), "more");
        if (seen < size + 500_000 && seen + chunk.length >= size + 500_000)
          fs.truncateSync(join(root, "b-shrinks"), 1000);
        seen += chunk.length;
        yield chunk;
      }
    })(),
  );
  const [grows, shrinks, after] = await entriesOf(archive);
  expect(grows?.content.equals(Buffer.alloc(size, 1))).toBe(true);
  expect(shrinks?.content.length).toBe(size);
  expect(shrinks?.content[0]).toBe(2);
  expect(shrinks?.content.at(-1)).toBe(0);
  expect(after?.content.toString()).toBe("after");
});

test("a consumer that goes away closes every descriptor, at once or in the middle", async () => {
  fs.mkdirSync(join(root, "d"));
  fs.writeFileSync(join(root, "d", "big"), Buffer.alloc(5_000_000));
  const before = descriptors();
  exportArchive(root).destroy();
  const stream = exportArchive(root);
  for await (const chunk of stream as AsyncIterable<Buffer>) if (chunk.length > 1000) break;
  expect(stream.destroyed).toBe(true);
  await expect.poll(descriptors).toBe(before);
});

test("a directory that becomes a link to the outside before its turn is left out", async () => {
  fs.mkdirSync(join(dir, "outside"));
  fs.writeFileSync(join(dir, "outside", "secret"), "secret");
  fs.mkdirSync(join(root, "d"));
  fs.writeFileSync(join(root, "d", "mine"), "x");
  const paths: string[] = [];
  for await (const { path } of walkTree(root)) {
    paths.push(path);
    if (path === "d") {
      fs.renameSync(join(root, "d"), join(dir, "away"));
      fs.symlinkSync("../outside", join(root, "d"));
    }
  }
  expect(paths).toEqual(["d"]);
});

test("of a tree of any depth only what an archive may bring is visited, with bounded descriptors", async () => {
  let depth = 0;
  const home = process.cwd();
  process.chdir(root);
  try {
    for (; depth < 3000; depth += 1) {
      fs.mkdirSync("dd");
      process.chdir("dd");
    }
  } finally {
    process.chdir(home);
  }
  const before = descriptors();
  let most = 0;
  let seen = 0;
  for await (const { path } of walkTree(root)) {
    seen += 1;
    most = Math.max(most, descriptors() - before);
    expect(path.split("/").length).toBe(seen);
  }
  expect(seen).toBe(64);
  expect(most).toBeLessThanOrEqual(66);
});

test("a missing directory is the stream's error, and a bounded measure counts what it saw", async () => {
  await expect(buffer(exportArchive(join(dir, "nothing")))).rejects.toMatchObject({ code: "not_found" });
  fs.mkdirSync(join(root, "d"));
  fs.writeFileSync(join(root, "d", "f"), "12345");
  fs.symlinkSync("f", join(root, "d", "l"));
  expect(await measureTree(root, 10)).toEqual({ files: 2, bytes: 5 });
  expect(await measureTree(root, 2)).toEqual({ files: 1, bytes: 5 });
});
