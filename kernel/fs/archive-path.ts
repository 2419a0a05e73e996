import { Fault } from "../abi/index.ts";
import { quote } from "./file-name.ts";

/**
 * The names in an archive, which come from anybody: parsed into components, or refused. Pure.
 */

export const pathLimitBytes = 4096;
export const nameLimitBytes = 255;
export const depthLimit = 64;

/** What a bad archive gets: the entry is named, quoted and shortened. */
export const refusal = (name: string, why: string): Fault =>
  new Fault("invalid", `the archive's entry ${quote(name)} ${why}`);

/**
 * The components of an entry's name; none for the project itself (`./`). `name` is the entry that is blamed. Faults:
 * `invalid` for an absolute path, `..`, NUL, text that is not UTF-8, and what is too long or too deep.
 */
export function archivePath(path: string, name: string = path): string[] {
  if (path.includes("\0")) throw refusal(name, "holds a NUL");
  // The decoder puts this where bytes were not UTF-8.
  if (path.includes("\ufffd")) throw refusal(name, "is not named in UTF-8");
  if (path.startsWith("/")) throw refusal(name, "has an absolute path");
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw refusal(name, "has a '..' in its path");
  if (parts.length > depthLimit) throw refusal(name, `lies more than ${depthLimit} directories deep`);
  if (Buffer.byteLength(path) > pathLimitBytes) throw refusal(name, `has a path of more than ${pathLimitBytes} bytes`);
  if (parts.some((part) => Buffer.byteLength(part) > nameLimitBytes)) {
    throw refusal(name, `has a name of more than ${nameLimitBytes} bytes`);
  }
  return parts;
}
