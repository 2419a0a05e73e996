import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { treeDigest } from "./tree-digest.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "superos-digest-"));
  mkdirSync(join(root, "src"));
  writeFileSync(join(root, "src", "main.c"), "one");
  writeFileSync(join(root, "Makefile"), "all:");
  writeFileSync(join(root, "notes.txt"), "none of it");
});
afterEach(() => rmSync(root, { recursive: true }));

const digest = async (): Promise<string> => (await treeDigest(root, ["*.c", "Makefile"])).digest;

test("a digest stays while nothing changes, and counts the files that are named", async () => {
  expect(await treeDigest(root, ["*.c", "Makefile"])).toEqual({ digest: await digest(), files: 2 });
});

test("a change of content changes it, also one of the same length whose time is set back", async () => {
  const before = await digest();
  writeFileSync(join(root, "src", "main.c"), "two");
  utimesSync(join(root, "src", "main.c"), 0, 0);
  expect(await digest()).not.toBe(before);
});

test("a new file of that kind changes it; other files and what the system keeps do not", async () => {
  const before = await digest();
  writeFileSync(join(root, "notes.txt"), "changed");
  mkdirSync(join(root, ".superos"));
  writeFileSync(join(root, ".superos", "other.c"), "made by a build");
  expect(await digest()).toBe(before);
  writeFileSync(join(root, "other.c"), "");
  expect(await digest()).not.toBe(before);
});
