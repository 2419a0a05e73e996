import type { Folder } from "./tar-archive.ts";

/** What a chosen folder holds, what of it is usually not wanted in a project, and what it may be called. Pure. */
export const bulkyFolders = [".git", "node_modules", ".venv", "__pycache__"];

export const bytesOf = (folder: Folder): number => folder.files.reduce((sum, { content }) => sum + content.size, 0);

const isBulky = (path: string): boolean => path.split("/").some((part) => bulkyFolders.includes(part));

/** The folder without what tools can make again. */
export function withoutBulk(folder: Folder): Folder {
  return {
    name: folder.name,
    files: folder.files.filter(({ path }) => !isBulky(path)),
    emptyFolders: folder.emptyFolders.filter((path) => !isBulky(path)),
  };
}

/** A project name made of a folder's: what the grammar of names does not allow becomes a dash. */
export function suggestedName(folderName: string): string {
  return folderName
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");
}
