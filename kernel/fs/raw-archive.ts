/**
 * Archives as hostile programs write them, byte by byte: for tests alone.
 */

export interface RawEntry {
  name: string;
  /** The type byte of the header: "0" file, "1" hard link, "2" link, "5" directory, and what is not in the books. */
  flag?: string;
  content?: string | Buffer;
  /** What the header declares, where it lies. */
  size?: number;
  target?: string;
  mode?: number;
  mtime?: number;
}

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;

/** One entry: header, content, padding. */
export function rawEntry(entry: RawEntry): Buffer {
  const content = Buffer.from(entry.content ?? "");
  const header = Buffer.alloc(512);
  header.write(entry.name, 0, 100, "latin1");
  header.write(octal(entry.mode ?? 0o644, 7) + octal(1000, 7) + octal(1000, 7), 100);
  header.write(octal(entry.size ?? content.length, 11) + octal(entry.mtime ?? 1_000_000_000, 11), 124);
  header.write(" ".repeat(8) + (entry.flag ?? "0") + (entry.target ?? ""), 148, "latin1");
  header.write("ustar\x0000", 257);
  header.write(
    `${octal(
      header.reduce((sum, byte) => sum + byte, 0),
      6,
    )} `,
    148,
  );
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** A pax header for the entry that follows; with `flag` "g" for all that follow. */
export function rawPax(values: Record<string, string>, flag = "x"): Buffer {
  const body = Object.entries(values).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest;
    while (length !== rest + String(length).length) length = rest + String(length).length;
    return `${length} ${key}=${value}\n`;
  });
  return rawEntry({ name: "pax", flag, content: body.join("") });
}

export const archiveEnd = Buffer.alloc(1024);

/** A whole archive. */
export const rawArchive = (...blocks: readonly (RawEntry | Buffer)[]): Buffer =>
  Buffer.concat([...blocks.map((block) => (Buffer.isBuffer(block) ? block : rawEntry(block))), archiveEnd]);
