import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import type { BigIntStats } from "node:fs";
import type { Readable } from "node:stream";
import { Fault } from "../abi/index.ts";
import { checkRegular } from "./directory.ts";
import type { Directory, Owner } from "./directory.ts";
import { writeAll } from "./file-write.ts";
import { quote } from "./file-name.ts";
import { fileVersion } from "./file-version.ts";
import { isFault } from "./system-fault.ts";

/**
 * Puts new content in place of a file's, in one step.
 *
 * The content goes into a new file beside it, under a name that cannot be guessed, which then takes the name. What is
 * handed over (owner, mode) is set on the descriptor of the file that was made, never by name. The version is checked
 * in the same turn as the rename, so two writers through the kernel never overwrite each other; a program that writes
 * in between loses to the rename, as it would to any other.
 */

export interface WriteOptions {
  /** The version that the file must still be at; `null`: it must not exist; absent: whatever is there. */
  version?: string | null | undefined;
  owner: Owner;
  limitBytes: number;
}

interface Replacement extends WriteOptions {
  directory: Directory;
  name: string;
  source: Readable;
}

/** The present file, or undefined; refuses what may not be replaced. */
function expect({ directory, name, version }: Replacement): BigIntStats | undefined {
  let stats: BigIntStats | undefined;
  try {
    stats = directory.stat(name);
  } catch (error) {
    if (!isFault(error, "not_found")) throw error;
  }
  if (stats !== undefined) checkRegular(name, stats);
  const present = stats === undefined ? null : fileVersion(stats);
  if (version === undefined || version === present) return stats;
  throw new Fault(
    "conflict",
    `${quote(name)} ${present === null ? "is gone" : version === null ? "exists already" : "has changed"}`,
  );
}

async function receive(fd: number, { source, limitBytes, name }: Replacement): Promise<void> {
  let bytes = 0;
  for await (const chunk of source as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw new Fault("invalid", `${quote(name)} is larger than ${limitBytes} bytes`);
    await writeAll({ fd, name }, chunk);
  }
}

/** Returns the version of the new content. The caller destroys the source when this fails. */
export async function replaceFile(replacement: Replacement): Promise<{ version: string }> {
  const { directory, name, owner } = replacement;
  expect(replacement);
  const temporary = `.superos-${randomBytes(12).toString("hex")}`;
  const fd = directory.createFile(temporary);
  try {
    await receive(fd, replacement);
    const old = expect(replacement);
    if (owner !== null) fs.fchownSync(fd, owner.uid, owner.gid);
    fs.fchmodSync(fd, old !== undefined && (old.mode & 0o111n) !== 0n ? 0o755 : 0o644);
    directory.rename(temporary, name);
    return { version: fileVersion(fs.fstatSync(fd, { bigint: true })) };
  } catch (error) {
    try {
      directory.unlink(temporary);
    } catch (second) {
      // Somebody removed it, or put a directory there: what failed first is what counts.
      if (!isFault(second, "not_found", "invalid")) throw second;
    }
    throw error;
  } finally {
    fs.closeSync(fd);
  }
}
