import type { ProjectId } from "../../../kernel/abi/index.ts";

/**
 * Where in a project files of some names are: breadth first, so that the nearest to its root come first. A few folders are
 * looked into and no more; those of tools are left out.
 */

const foldersLimit = 48;
const foundLimit = 64;
const ofTools = new Set(["node_modules", "target", "build", "dist", "vendor", "__pycache__"]);

interface Entry {
  name: string;
  kind: string;
}

/** What lies in a folder; none where it cannot be read. */
export type ListFolder = (project: ProjectId, path: string) => Promise<readonly Entry[]>;

export async function findFiles(
  list: ListFolder,
  project: ProjectId,
  names: ReadonlySet<string>,
): Promise<readonly string[]> {
  const folders = [""];
  const found: string[] = [];
  for (let at = 0; at < folders.length && found.length < foundLimit; at++) {
    const folder = folders[at] ?? "";
    for (const { name, kind } of await list(project, folder)) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (kind === "file" && names.has(name)) found.push(path);
      if (kind === "directory" && !name.startsWith(".") && !ofTools.has(name) && folders.length < foldersLimit)
        folders.push(path);
    }
  }
  return found.slice(0, foundLimit);
}
