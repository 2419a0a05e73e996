import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract } from "tar-stream";

/** What is in a tar archive. */
export interface ArchiveEntry {
  type: string;
  mode: number;
  /** Of a link, where it points. */
  body: Buffer;
}

/** The entries by path, without a leading `./` or a trailing slash. */
export async function entriesOf(archive: Buffer): Promise<Map<string, ArchiveEntry>> {
  const found = new Map<string, ArchiveEntry>();
  for await (const entry of Readable.from([archive]).pipe(extract())) {
    const { name, type, mode, linkname } = entry.header;
    const content = await buffer(entry);
    const body = type === "symlink" ? Buffer.from(linkname ?? "") : content;
    found.set(name.replace(/^\.\//, "").replace(/\/$/, ""), { type: type ?? "", mode: mode ?? 0, body });
  }
  return found;
}
