import { expect, test } from "vitest";
import { projectNameSchema } from "../../../kernel/abi/index.ts";
import { suggestedName, withoutBulk } from "./folder-summary.ts";

test.each(["my app", "Grüße!", ".hidden", "--x--", "a".repeat(100), "päck/age", "x  y"])(
  "the name suggested for %j is one that a project may have",
  (name) => {
    expect(projectNameSchema.safeParse(suggestedName(name)).success).toBe(true);
  },
);

test("a folder of which nothing is left suggests nothing", () => {
  expect(suggestedName("日本語")).toBe("");
});

test("bulk is left out at any depth and by whole names only", () => {
  const file = (path: string) => ({ path, content: new Blob(), modifiedAt: 0 });
  const folder = {
    name: "x",
    files: [".git/HEAD", "a/node_modules/b.js", "node_modules.txt", "a.py"].map(file),
    emptyFolders: [".git/refs", "out"],
  };
  const kept = withoutBulk(folder);
  expect(kept.files.map(({ path }) => path)).toEqual(["node_modules.txt", "a.py"]);
  expect(kept.emptyFolders).toEqual(["out"]);
});
