// A tree of files is made from a typed description, changed, walked, and a missing file told by its code.
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Tree {
  [name: string]: string | Tree;
}
function write(folder: string, tree: Tree): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(tree))
    if (typeof content === "string") writeFileSync(join(folder, name), content);
    else write(join(folder, name), content);
}

write("tree", { a: { "file.txt": "1\n" }, c: { "file.txt": "2\n2\n" } });
renameSync("tree/a/file.txt", "tree/a/one.txt");
renameSync("tree/c/file.txt", "tree/c/two.txt");
renameSync("tree/c", "tree/b");
cpSync("tree/a", "tree/gone", { recursive: true });
rmSync("tree/gone", { recursive: true });
console.log(readdirSync("tree", { recursive: true, encoding: "utf8" }).sort().join(" "));
console.log(statSync("tree/b/two.txt").size);
try {
  readFileSync("tree/gone/one.txt");
} catch (error: unknown) {
  console.log(error instanceof Error && "code" in error ? error.code : "?");
}
