import { isUtf8 } from "node:buffer";
import { Fault } from "../abi/index.ts";

/**
 * One component of a path, and how it is shown.
 *
 * A name is a string or, where the disk holds bytes that are not UTF-8, those bytes. `checkName` is the last line of
 * defence before a name reaches a system call; `quote` makes hostile text fit for a message.
 */

export type Name = string | Buffer;

const slash = 0x2f;
const shownLimit = 200;

/** Refuses what would make one step more, or less, than a step. Faults: `invalid`. */
export function checkName(name: Name): void {
  const bytes = typeof name === "string" ? Buffer.from(name) : name;
  const dots = bytes.equals(Buffer.from(".")) || bytes.equals(Buffer.from(".."));
  if (bytes.length === 0 || dots || bytes.includes(slash) || bytes.includes(0)) {
    throw new Fault("invalid", `${quote(name)} is not the name of a file`);
  }
  if (bytes.length > 255) throw new Fault("invalid", `${quote(name)} is longer than 255 bytes`);
}

/** A name as text; where it is not UTF-8, each byte outside ASCII becomes `\xNN`, so that nothing is made up. */
export function nameText(name: Name): string {
  if (typeof name === "string") return name;
  if (isUtf8(name)) return name.toString("utf8");
  return name.toString("latin1").replace(/[\x80-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
}

/** What steers a terminal or turns text around, and JSON leaves as it is. */
const unseen = /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Text for a message: quoted, escaped, bounded. */
export function quote(name: Name): string {
  const text = nameText(name);
  const shown = JSON.stringify(text.length > shownLimit ? `${text.slice(0, shownLimit)}...` : text);
  return shown.replace(unseen, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
