import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { projectIdSchema } from "../abi/index.ts";
import { ProjectStore } from "./project-store.ts";
import type { ProjectStoreOptions } from "./project-store.ts";
import { rawArchive } from "./raw-archive.ts";
import { removeTree } from "./tree-remove.ts";

const isRoot = process.geteuid?.() === 0;
let home: string;
let dir: string;
let clock: number;
let seed: number;

const random = (bytes: number): Uint8Array =>
  Uint8Array.from({ length: bytes }, () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) >> 8);
const newStore = (options: Partial<ProjectStoreOptions> = {}): ProjectStore =>
  new ProjectStore({ dir, owner: () => null, now: () => clock, random, ...options });
const archive = (content = "hello"): Readable => Readable.from([rawArchive({ name: "src/main.py", content })]);

beforeEach(() => {
  home = fs.mkdtempSync(join(tmpdir(), "superos-store-"));
  dir = join(home, "projects");
  clock = 1_800_000_000_000;
  seed = 42;
});
afterEach(() => fs.rmSync(home, { recursive: true }));

test("an imported project is there, also for the next kernel", async () => {
  const store = newStore();
  expect(await store.load()).toEqual({ unsound: [] });
  const record = await store.create("demo", 10_001, archive());
  expect(projectIdSchema.safeParse(record.id).success).toBe(true);
  expect(record).toEqual({ id: record.id, name: "demo", uid: 10_001, createdAt: clock, engineRuntime: null });
  expect(fs.readdirSync(dir)).toEqual([record.id]);
  expect(fs.readdirSync(join(dir, record.id)).sort()).toEqual(["files", "project.json"]);
  expect(await store.usage(record.id)).toEqual({ files: 1, bytes: 5 });
  const next = newStore();
  expect(await next.load()).toEqual({ unsound: [] });
  expect(next.list()).toEqual([record]);
  expect(next.get(record.id)).toEqual(record);
  expect(next.filesDir(record.id)).toBe(join(dir, record.id, "files"));
  using beneath = next.beneath(record.id);
  expect(await textOf(beneath.openFile(["src", "main.py"]).content())).toBe("hello");
});

test("a change of the record is there for the next kernel, and a record from before it can be read", async () => {
  const store = newStore();
  await store.load();
  const { id } = await store.create("demo", 10_001, archive());
  expect(store.change(id, { engineRuntime: "runsc" })).toMatchObject({ id, engineRuntime: "runsc" });
  const next = newStore();
  await next.load();
  expect(next.get(id)).toMatchObject({ engineRuntime: "runsc" });
  expect(fs.readdirSync(join(dir, id)).sort()).toEqual(["files", "project.json"]);
  const { engineRuntime: _none, ...older } = next.get(id);
  fs.writeFileSync(join(dir, id, "project.json"), JSON.stringify(older));
  const last = newStore();
  expect(await last.load()).toEqual({ unsound: [] });
  expect(last.get(id)).toEqual({ ...older, engineRuntime: null });
});

test("a name or a user in use is a conflict, also between two imports at the same time", async () => {
  const store = newStore();
  await store.load();
  const results = await Promise.allSettled([
    store.create("demo", 10_001, archive()),
    store.create("demo", 10_002, archive()),
    store.create("other", 10_001, archive()),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  const refused = archive();
  await expect(store.create("demo", 10_003, refused)).rejects.toMatchObject({ code: "conflict" });
  expect(refused.destroyed).toBe(true);
  expect(fs.readdirSync(dir)).toHaveLength(1);
});

test("an import that fails leaves nothing behind and frees its name", async () => {
  const store = newStore();
  await store.load();
  const bad = Readable.from([rawArchive({ name: "good" }, { name: "../bad" })]);
  await expect(store.create("demo", 10_001, bad)).rejects.toMatchObject({ code: "invalid" });
  expect(fs.readdirSync(dir)).toEqual([]);
  expect(store.list()).toEqual([]);
  await expect(store.create("demo", 10_001, archive())).resolves.toMatchObject({ name: "demo" });
});

test("the limits of the store hold for its imports", async () => {
  const store = newStore({ limits: { files: 10, bytes: 4 } });
  await store.load();
  await expect(store.create("demo", 10_001, archive())).rejects.toMatchObject({ code: "invalid" });
});

test("a removed project is gone, and its name can be used again", async () => {
  const store = newStore();
  await store.load();
  const { id } = await store.create("demo", 10_001, archive());
  await store.remove(id);
  expect(fs.readdirSync(dir)).toEqual([]);
  expect(() => store.get(id)).toThrow("there is no project");
  expect(() => store.beneath(id)).toThrow("there is no project");
  await expect(store.remove(id)).rejects.toMatchObject({ code: "not_found" });
  await store.create("demo", 10_001, archive());
});

test("what a crash left half done is cleared, and folders that are not projects are reported and kept", async () => {
  const first = newStore();
  await first.load();
  const { id } = await first.create("demo", 10_001, archive());
  const place = (folder: string, json?: string): void => {
    fs.mkdirSync(join(dir, folder, "files"), { recursive: true });
    if (json !== undefined) fs.writeFileSync(join(dir, folder, "project.json"), json);
  };
  const json = (own: object): string => JSON.stringify({ id: "aaaaaaaaaa", name: "a", uid: 7, createdAt: 1, ...own });
  place(".incoming-aaaaaaaaaa", json({}));
  place(".removed-bbbbbbbbbb");
  place("not-an-id");
  place("bbbbbbbbbb");
  place("cccccccccc", "{");
  place("dddddddddd", json({ id: "dddddddddd", extra: 1 }));
  place("eeeeeeeeee", json({ id: "ffffffffff" }));
  place("gggggggggg", json({ id: "gggggggggg", uid: 0 }));
  place("zzzzzzzzzz", json({ id: "zzzzzzzzzz", name: "demo" }));
  place("zzzzzzzzzy", json({ id: "zzzzzzzzzy", name: "b", uid: 10_001 }));
  fs.mkdirSync(join(dir, "hhhhhhhhhh"));
  fs.writeFileSync(join(dir, "hhhhhhhhhh", "project.json"), json({ id: "hhhhhhhhhh" }));
  fs.writeFileSync(join(dir, "README.md"), "kept");
  const store = newStore();
  const { unsound } = await store.load();
  // Of two that claim the same, the first folder in order is the one.
  expect(store.list()).toHaveLength(1);
  expect(unsound.map(({ folder }) => folder)).toEqual([
    "bbbbbbbbbb",
    "cccccccccc",
    "dddddddddd",
    "eeeeeeeeee",
    "gggggggggg",
    "hhhhhhhhhh",
    "not-an-id",
    "zzzzzzzzzy",
    "zzzzzzzzzz",
  ]);
  expect(store.get(id).name).toBe("demo");
  expect(fs.readdirSync(dir)).toContain("bbbbbbbbbb");
  expect(fs.readdirSync(dir)).toContain("README.md");
  expect(fs.readdirSync(dir).filter((name) => name.startsWith("."))).toEqual([]);
});

test("usage is counted again when it is half a minute old", async () => {
  const store = newStore();
  await store.load();
  const { id } = await store.create("demo", 10_001, archive());
  fs.writeFileSync(join(store.filesDir(id), "more"), "12345");
  expect(await store.usage(id)).toEqual({ files: 1, bytes: 5 });
  clock += 30_000;
  expect(await store.usage(id)).toEqual({ files: 2, bytes: 10 });
});

test("without an owner others may read, and only the files", async () => {
  const store = newStore();
  await store.load();
  const { id } = await store.create("demo", 10_001, archive());
  const mode = (...parts: string[]): string => (fs.statSync(join(dir, id, ...parts)).mode & 0o777).toString(8);
  expect([mode(), mode("project.json"), mode("files"), mode("files", "src"), mode("files", "src", "main.py")]).toEqual([
    "700",
    "600",
    "755",
    "755",
    "644",
  ]);
});

test.skipIf(!isRoot)("with an owner the files belong to the project and the rest to the kernel", async () => {
  const store = newStore({ owner: (uid) => ({ uid, gid: uid }) });
  await store.load();
  const { id } = await store.create("demo", 10_001, archive());
  const uid = (...parts: string[]): number => fs.statSync(join(dir, id, ...parts)).uid;
  expect([uid(), uid("project.json"), uid("files"), uid("files", "src", "main.py")]).toEqual([0, 0, 10_001, 10_001]);
  expect(fs.statSync(join(dir, id, "files")).mode & 0o777).toBe(0o700);
});

test("a tree of any depth and with links to the outside is removed, and nothing else", async () => {
  fs.mkdirSync(join(home, "outside"));
  fs.writeFileSync(join(home, "outside", "precious"), "x");
  const tree = join(home, "tree");
  fs.mkdirSync(tree);
  const before = process.cwd();
  process.chdir(tree);
  try {
    for (let depth = 0; depth < 3000; depth += 1) {
      fs.symlinkSync("/", "root");
      fs.symlinkSync(join(home, "outside"), "outside");
      fs.mkdirSync("deeper");
      process.chdir("deeper");
    }
  } finally {
    process.chdir(before);
  }
  for (let index = 0; index < 2000; index += 1) fs.writeFileSync(Buffer.from(`${tree}/f\xff${index}`, "latin1"), "");
  await removeTree(tree);
  expect(fs.readdirSync(home)).toEqual(["outside"]);
  expect(fs.readdirSync(join(home, "outside"))).toEqual(["precious"]);
});
