import { createTarPacker } from "modern-tar";

/**
 * A folder as a tar archive that is never held in memory: a Blob of header bytes and of references to the files.
 *
 * The browser reads each file when it sends it. Names of any length and script are kept, in pax records where the
 * old format has no room.
 */
export interface FolderFile {
  /** Path below the folder, `/`-separated. */
  path: string;
  content: Blob;
  modifiedAt: number;
}

export interface Folder {
  name: string;
  files: readonly FolderFile[];
  /** Folders that hold nothing; the others follow from their files. */
  emptyFolders: readonly string[];
}

const block = 512;
const paxType = 0x78;
const padded = (size: number): number => Math.ceil(size / block) * block;

export async function tarArchive({ files, emptyFolders }: Folder): Promise<Blob> {
  const parts: BlobPart[] = [];
  for (const path of emptyFolders) {
    parts.push(...(await headerOf({ name: `${path}/`, type: "directory", size: 0, mode: 0o755 })));
  }
  for (const { path, content, modifiedAt } of files) {
    const mtime = new Date(modifiedAt);
    parts.push(...(await headerOf({ name: path, type: "file", size: content.size, mode: 0o644, mtime })), content);
    const padding = padded(content.size) - content.size;
    if (padding > 0) parts.push(new Uint8Array(padding));
  }
  parts.push(new Uint8Array(2 * block));
  return new Blob(parts, { type: "application/x-tar" });
}

/**
 * The header blocks of one entry. The packer gives them out as soon as an entry is added, before its content: they
 * are read off, and the packer is left.
 */
async function headerOf(
  header: Parameters<ReturnType<typeof createTarPacker>["controller"]["add"]>[0],
): Promise<Uint8Array<ArrayBuffer>[]> {
  const { readable, controller } = createTarPacker();
  controller.add(header);
  const reader = readable.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let have = 0;
  let need = block;
  while (have < need) {
    const { value } = await reader.read();
    if (value === undefined) throw new Error("the packer gave no header");
    const first = have === 0 ? value : undefined;
    chunks.push(new Uint8Array(value));
    have += value.length;
    // A pax record comes first, as a header of its own, its text, and padding.
    if (first?.[156] === paxType) need = 2 * block + padded(octal(first.subarray(124, 136)));
  }
  return chunks;
}

function octal(field: Uint8Array): number {
  const text = new TextDecoder().decode(field).replace(/[\0 ].*$/s, "");
  return Number.parseInt(text, 8);
}
