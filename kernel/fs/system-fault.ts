import { Fault } from "../abi/index.ts";
import type { FaultCode } from "../abi/index.ts";

/**
 * The one place where an error of the operating system becomes a fault.
 *
 * What a caller can cause or should read has a row here; any other error passes unchanged and is a bug.
 */

const rows: Readonly<Record<string, readonly [code: FaultCode, says: string]>> = {
  ENOENT: ["not_found", "does not exist"],
  ENOTDIR: ["invalid", "is not a directory"],
  EISDIR: ["invalid", "is a directory"],
  ELOOP: ["invalid", "is a link: links are not followed"],
  ENAMETOOLONG: ["invalid", "is too long a name"],
  EFBIG: ["invalid", "is larger than a file may be"],
  EEXIST: ["conflict", "exists already"],
  ENOTEMPTY: ["conflict", "is not empty"],
  EBUSY: ["conflict", "is in use"],
  EACCES: ["denied", "may not be accessed by the kernel"],
  EPERM: ["denied", "may not be changed by the kernel"],
  EROFS: ["denied", "is on a read-only file system"],
  ENOSPC: ["exhausted", "does not fit: the disk is full"],
  EDQUOT: ["exhausted", "does not fit: the disk quota is used up"],
  EMLINK: ["exhausted", "has too many links"],
  EMFILE: ["exhausted", "cannot be opened: the kernel has too many open files"],
  ENFILE: ["exhausted", "cannot be opened: the system has too many open files"],
  EAGAIN: ["unavailable", "is held by a lease of another process"],
};

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

/** The fault that `error` means for `what`, or `error` itself. */
export function systemFault(error: unknown, what: string): unknown {
  const row = rows[codeOf(error) ?? ""];
  return row === undefined ? error : new Fault(row[0], `${what} ${row[1]}`, { cause: error });
}

export const isFault = (error: unknown, ...codes: readonly FaultCode[]): error is Fault =>
  error instanceof Fault && codes.includes(error.code);
