import { createHash } from "node:crypto";
import { isSource } from "../abi/index.ts";
import { fileVersion } from "./file-version.ts";
import { walkTree } from "./tree-walk.ts";

/** What the system itself keeps with a project's files, and nobody's source. */
const ownFolder = ".superos";

/**
 * A digest of the paths and versions of the files below whose name is one of `names`, and how many they are. No content is
 * read: a file's version changes whenever its content does.
 */
export async function treeDigest(
  trustedPath: string,
  names: readonly string[],
): Promise<{ digest: string; files: number }> {
  const hash = createHash("sha256");
  let files = 0;
  for await (const { path, name, stats } of walkTree(trustedPath, (directory) => directory === ownFolder)) {
    if (!stats.isFile() || !names.some((pattern) => isSource(pattern, name.toString("latin1")))) continue;
    files += 1;
    hash.update(`${path}\0${fileVersion(stats)}\0`);
  }
  return { digest: hash.digest("hex"), files };
}
