import { Fault } from "../abi/index.ts";
import { archivePath, pathLimitBytes, refusal } from "./archive-path.ts";
import { escapingLink } from "./link-tree.ts";

/**
 * What an archive has put into the tree so far, and whether its next entry may join it. Pure.
 *
 * Everything is decided here from headers alone, before the disk is touched. Links are held back until the archive
 * has ended, because only all of them together tell where each one leads; until then no link exists on disk.
 */

/** At most so many entries (each directory counts) and so many bytes of content. */
export interface ArchiveLimits {
  readonly files: number;
  readonly bytes: number;
}

/** What to do for one entry. `replaces`: a regular file of that name is removed first. */
export type Step =
  | { do: "nothing" }
  | { do: "directory"; parts: readonly string[] }
  | { do: "file"; parts: readonly string[]; executable: boolean; bytes: number; replaces: boolean }
  | { do: "copy"; parts: readonly string[]; from: readonly string[]; executable: boolean; replaces: boolean };

type Node = { kind: "directory" | "link" } | { kind: "file"; bytes: number; executable: boolean };

/** What the parser says of an entry. Its types promise more; this is what hostile bytes can make of it. */
export interface ArchiveHeader {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  readonly type: string | null;
  readonly linkname: string | null;
  readonly pax?: unknown;
}

function isSparse({ pax }: ArchiveHeader): boolean {
  return typeof pax === "object" && pax !== null && Object.keys(pax).some((key) => key.startsWith("GNU.sparse"));
}

export class ArchiveTree {
  readonly #limits: ArchiveLimits;
  readonly #nodes = new Map<string, Node>();
  readonly #links = new Map<string, string>();
  /** Entries and directories that were made, replaced ones included: what bounds the work. */
  #count = 0;
  #bytes = 0;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  /** Admits one entry. Faults: `invalid`, naming it. */
  enter(header: ArchiveHeader): Step {
    const { name, size } = header;
    this.#countOne();
    const parts = archivePath(name);
    const isFile = header.type === "file" || header.type === "contiguous-file";
    if (isSparse(header)) throw refusal(name, "is a sparse file");
    if (!Number.isSafeInteger(size) || size < 0) throw refusal(name, "has no sound size");
    if (!isFile && size !== 0) throw refusal(name, "has content but is not a regular file");
    if (parts.length === 0) {
      if (header.type !== "directory") throw refusal(name, "would replace the project itself");
      return { do: "nothing" };
    }
    this.#makeParents(name, parts);
    switch (header.type) {
      case "directory":
        return this.#directory(name, parts);
      case "file":
      case "contiguous-file":
        return this.#file(name, parts, { bytes: size, executable: (header.mode & 0o111) !== 0 });
      case "link":
        return this.#copy(name, parts, header.linkname ?? "");
      case "symlink":
        return this.#link(name, parts, header.linkname ?? "");
      case "character-device":
      case "block-device":
        throw refusal(name, "is a device");
      case "fifo":
        throw refusal(name, "is a FIFO");
      case null:
      default:
        throw refusal(name, "is of an unknown type");
    }
  }

  /** The links to make now that the archive has ended. Faults: `invalid` for one that leaves the tree. */
  finish(): { parts: string[]; target: string }[] {
    const escaping = escapingLink(this.#links);
    if (escaping !== undefined) throw refusal(escaping.path, `is a link that ${escaping.why}`);
    return [...this.#links].map(([path, target]) => ({ parts: path.split("/"), target }));
  }

  /** How many files (directories do not count) the tree holds, with how many bytes. */
  usage(): { files: number; bytes: number } {
    let files = 0;
    let bytes = 0;
    for (const node of this.#nodes.values()) {
      if (node.kind !== "directory") files += 1;
      if (node.kind === "file") bytes += node.bytes;
    }
    return { files, bytes };
  }

  #countOne(): void {
    this.#count += 1;
    if (this.#count > this.#limits.files) {
      throw new Fault("invalid", `the archive holds more than ${this.#limits.files} files and directories`);
    }
  }

  #makeParents(name: string, parts: readonly string[]): void {
    for (let length = 1; length < parts.length; length += 1) {
      const path = parts.slice(0, length).join("/");
      const node = this.#nodes.get(path);
      if (node === undefined) {
        this.#countOne();
        this.#nodes.set(path, { kind: "directory" });
      } else if (node.kind !== "directory") {
        throw refusal(name, `lies beneath a ${node.kind}`);
      }
    }
  }

  #directory(name: string, parts: readonly string[]): Step {
    const node = this.#nodes.get(parts.join("/"));
    if (node !== undefined && node.kind !== "directory") throw refusal(name, `is there already, as a ${node.kind}`);
    this.#nodes.set(parts.join("/"), { kind: "directory" });
    return { do: "directory", parts };
  }

  #file(name: string, parts: readonly string[], file: { bytes: number; executable: boolean }): Step & { do: "file" } {
    const path = parts.join("/");
    const node = this.#nodes.get(path);
    if (node !== undefined && node.kind !== "file") throw refusal(name, `is there already, as a ${node.kind}`);
    this.#bytes += file.bytes;
    if (this.#bytes > this.#limits.bytes) {
      throw refusal(name, `brings the content to more than ${this.#limits.bytes} bytes`);
    }
    this.#nodes.set(path, { kind: "file", ...file });
    return { do: "file", parts, replaces: node !== undefined, ...file };
  }

  #copy(name: string, parts: readonly string[], target: string): Step {
    const from = archivePath(target, name);
    const node = this.#nodes.get(from.join("/"));
    if (node?.kind !== "file") throw refusal(name, "is a hard link to what is not a file earlier in the archive");
    const { executable, replaces } = this.#file(name, parts, { bytes: node.bytes, executable: node.executable });
    return { do: "copy", parts, from, executable, replaces };
  }

  #link(name: string, parts: readonly string[], target: string): Step {
    const path = parts.join("/");
    const node = this.#nodes.get(path);
    if (node !== undefined) throw refusal(name, `is there already, as a ${node.kind}`);
    if (target.includes("\0") || target.includes("\ufffd")) throw refusal(name, "is a link to what is not a path");
    if (Buffer.byteLength(target) >= pathLimitBytes)
      throw refusal(name, `is a link of more than ${pathLimitBytes} bytes`);
    this.#nodes.set(path, { kind: "link" });
    this.#links.set(path, target);
    return { do: "nothing" };
  }
}
