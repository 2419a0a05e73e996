import { Fault } from "../abi/index.ts";
import type { ArchiveLimits } from "./archive-tree.ts";

/**
 * Watches the raw bytes of an archive on their way to the parser.
 *
 * The parser accepts any run of blocks and takes headers of any number into memory; the meter adds what it does not
 * hold: an archive ends with a block of zeros after its last entry, and bytes that belong to no entry are bounded.
 */

const blockBytes = 512;
/** Padding at the end, and the long headers of one entry; GNU tar's largest common record is far below. */
const idleLimitBytes = 1 << 20;
/** Header, padding, and a long name with its own header and padding. */
const overheadPerEntryBytes = 16 * blockBytes;

/** tar-stream's errors have no codes. */
const parserErrors = /^(Invalid tar header|Invalid header$|Header exceeds max size$)/;

const truncated = (cause?: unknown): Fault => new Fault("invalid", "the archive is truncated", { cause });
const damaged = (cause?: unknown): Fault =>
  new Fault("invalid", "the archive is damaged, or is not a tar archive", {
    cause,
    hint: "Send a tar archive, uncompressed.",
  });

export class ArchiveMeter {
  readonly #limitBytes: number;
  #bytes = 0;
  /** Where the content of the last entry ends, padding included. */
  #entryEnd = 0;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);

  constructor(limits: ArchiveLimits) {
    this.#limitBytes = limits.bytes + limits.files * overheadPerEntryBytes + idleLimitBytes;
  }

  /** Before these bytes go to the parser. Faults: `invalid`. */
  take(bytes: Uint8Array): void {
    if (this.#bytes - this.#entryEnd > idleLimitBytes) {
      throw new Fault("invalid", "the archive holds more than 1 MiB that belongs to no entry");
    }
    this.#bytes += bytes.length;
    if (this.#bytes > this.#limitBytes)
      throw new Fault("invalid", `the archive is larger than ${this.#limitBytes} bytes`);
    if (this.#head.length < 2) this.#head = Buffer.concat([this.#head, bytes.subarray(0, 2)]);
    if (this.#head[0] === 0x1f && this.#head[1] === 0x8b) {
      throw new Fault("invalid", "the archive is compressed with gzip", {
        hint: "Send it uncompressed: gzip -dc ARCHIVE.",
      });
    }
    this.#tail = Buffer.concat([this.#tail, bytes.subarray(-blockBytes)]).subarray(-blockBytes);
  }

  /** When the parser has found an entry whose content lies at `offset`. */
  entry(offset: number, size: number): void {
    this.#entryEnd = offset + Math.ceil(size / blockBytes) * blockBytes;
  }

  /** When the parser has taken everything. Faults: `invalid` where the archive does not end as one. */
  finish(): void {
    const closed = this.#bytes >= this.#entryEnd + blockBytes && this.#tail.every((byte) => byte === 0);
    if (!closed || this.#bytes % blockBytes !== 0) throw truncated();
  }

  /** The fault that an error of the parser means; any other error is returned as it is. */
  parserFault(error: Error): Error {
    if (error.message === "Unexpected end of data") return truncated(error);
    return parserErrors.test(error.message) ? damaged(error) : error;
  }

  /** What an error of the stream that carries the archive means. */
  inputFault(error: unknown): Fault {
    return error instanceof Fault ? error : truncated(error);
  }
}
