import { expect, test } from "vitest";
import { projectIdSchema } from "../../../kernel/abi/index.ts";
import { findFiles, type ListFolder } from "./find-files.ts";

const project = projectIdSchema.parse("abcdefghij");
const tree: Record<string, [string, string][]> = {
  "": [
    ["src", "directory"],
    [".git", "directory"],
    ["target", "directory"],
    ["Main.java", "link"],
  ],
  src: [
    ["org", "directory"],
    ["Main.java", "file"],
  ],
  "src/org": [
    ["Main.java", "file"],
    ["Other.java", "file"],
  ],
  ".git": [["Main.java", "file"]],
  target: [["Main.java", "file"]],
};
const list: ListFolder = async (_project, path) => (tree[path] ?? []).map(([name, kind]) => ({ name, kind }));

test("files are found by their names, the nearest to the root first, and not in folders of tools", async () => {
  expect(await findFiles(list, project, new Set(["Main.java"]))).toEqual(["src/Main.java", "src/org/Main.java"]);
  expect(await findFiles(list, project, new Set(["None.java"]))).toEqual([]);
});

test("of a project without end a few folders are looked into", async () => {
  let asked = 0;
  const endless: ListFolder = async () => {
    asked += 1;
    return Array.from({ length: 100 }, (_, at) => ({ name: `d${at}`, kind: "directory" }));
  };
  expect(await findFiles(endless, project, new Set(["a"]))).toEqual([]);
  expect(asked).toBe(48);
});
