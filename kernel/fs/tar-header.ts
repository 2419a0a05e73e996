/**
 * The header of one entry of a tar archive, in the POSIX form (pax where the old fields are too small). Pure.
 *
 * Owners are 0 and modes are handed in normalized, so an archive tells nothing about the machine that it is from.
 */

export const blockBytes = 512;
const fieldBytes = 100;
const sizeLimit = 8 ** 11;

export interface TarEntry {
  path: string;
  type: "file" | "directory" | "link";
  mode: number;
  bytes: number;
  /** Seconds since the epoch. */
  modifiedAt: number;
  /** Where a link leads. */
  target: string;
}

const flags = { file: "0", link: "2", directory: "5", pax: "x" } as const;

/** Zeros that fill the last block of a content of so many bytes. */
export const padding = (bytes: number): Buffer => Buffer.alloc((blockBytes - (bytes % blockBytes)) % blockBytes);

const octal = (value: number, digits: number): string => `${Math.trunc(value).toString(8).padStart(digits, "0")}\0`;

function block(entry: Omit<TarEntry, "type">, flag: string): Buffer {
  const header = Buffer.alloc(blockBytes);
  header.write(entry.path, 0, fieldBytes);
  header.write(octal(entry.mode, 7), 100);
  header.write(octal(0, 7) + octal(0, 7), 108);
  header.write(octal(entry.bytes < sizeLimit ? entry.bytes : 0, 11), 124);
  header.write(octal(Math.min(Math.max(entry.modifiedAt, 0), sizeLimit - 1), 11), 136);
  header.write(" ".repeat(8) + flag, 148);
  header.write(entry.target, 157, fieldBytes);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)} `, 148);
  return header;
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
function record(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length += 1;
  return `${length} ${key}=${value}\n`;
}

const fits = (text: string): boolean => Buffer.byteLength(text) <= fieldBytes && /^[\x20-\x7e]*$/.test(text);

/** The blocks that come before the entry's content. */
export function tarHeader(entry: TarEntry): Buffer {
  const path = entry.type === "directory" ? `${entry.path}/` : entry.path;
  const records = [
    fits(path) ? "" : record("path", path),
    fits(entry.target) ? "" : record("linkpath", entry.target),
    entry.bytes < sizeLimit ? "" : record("size", String(entry.bytes)),
  ].join("");
  const own = block({ ...entry, path }, flags[entry.type]);
  if (records === "") return own;
  const body = Buffer.from(records);
  const extended = block({ ...entry, path: "PaxHeader", target: "", bytes: body.length }, flags.pax);
  return Buffer.concat([extended, body, padding(body.length), own]);
}

/** The two blocks that end an archive. */
export const archiveEnd = (): Buffer => Buffer.alloc(2 * blockBytes);
