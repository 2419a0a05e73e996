// A tree of files is made, renamed, walked and read in parts.
import { cp, mkdir, open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

for (const [folder, text] of Object.entries({ a: "1\n", c: "2\n2\n" })) {
  await mkdir(join("tree", folder), { recursive: true });
  await writeFile(join("tree", folder, "file.txt"), text);
}
await rename("tree/a/file.txt", "tree/a/one.txt");
await rename("tree/c/file.txt", "tree/c/two.txt");
await rename("tree/c", "tree/b");
await cp("tree/a", "tree/gone", { recursive: true });
await rm("tree/gone", { recursive: true });

console.log((await readdir("tree", { recursive: true })).sort().join(" "));
await using file = await open("tree/b/two.txt");
const { buffer, bytesRead } = await file.read({ position: 2, buffer: Buffer.alloc(8) });
console.log(bytesRead, JSON.stringify(buffer.toString("utf8", 0, bytesRead)));
