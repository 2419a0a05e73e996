import { Fault } from "../../../kernel/abi/index.ts";
import type { Folder, FolderFile } from "./tar-archive.ts";

/**
 * A folder that a person chose or dropped, as its files with their paths below it. The folder's own name is not
 * part of the paths: it becomes the suggestion for the project's name.
 */
export function folderOfInput(list: FileList): Folder {
  const files: FolderFile[] = [];
  let name = "";
  for (const file of list) {
    const [top = "", ...rest] = file.webkitRelativePath.split("/");
    name ||= top;
    if (rest.length > 0) files.push({ path: rest.join("/"), content: file, modifiedAt: file.lastModified });
  }
  return { name, files, emptyFolders: [] };
}

/** The one folder that was dropped. Must be called while the drop event is handled: its items do not outlive it. */
export function folderOfDrop(transfer: DataTransfer): Promise<Folder> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const [entry] = entries;
  if (entries.length !== 1 || entry === undefined || !isDirectory(entry)) {
    return Promise.reject(
      new Fault("invalid", "drop one folder", { hint: "A project is a folder; drop it as a whole." }),
    );
  }
  return walk(entry);
}

async function walk(top: FileSystemDirectoryEntry): Promise<Folder> {
  const files: FolderFile[] = [];
  const emptyFolders: string[] = [];
  const waiting: { directory: FileSystemDirectoryEntry; path: string }[] = [{ directory: top, path: "" }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const children = await childrenOf(next.directory);
    if (children.length === 0 && next.path !== "") emptyFolders.push(next.path);
    for (const child of children) {
      const path = next.path === "" ? child.name : `${next.path}/${child.name}`;
      if (isDirectory(child)) waiting.push({ directory: child, path });
      else if (isFile(child)) {
        const file = await new Promise<File>((resolve, reject) => child.file(resolve, reject));
        files.push({ path, content: file, modifiedAt: file.lastModified });
      }
    }
  }
  return { name: top.name, files, emptyFolders };
}

/** `readEntries` gives at most a hundred at a time, and none when all were given. */
async function childrenOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

/** Browsers do not agree on the names of the entries' classes, so these are told apart by what they say of themselves. */
const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
