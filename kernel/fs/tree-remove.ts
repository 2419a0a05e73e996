import { randomBytes } from "node:crypto";
import { rmdirSync } from "node:fs";
import { setImmediate as breathe } from "node:timers/promises";
import { Directory } from "./directory.ts";
import type { Name } from "./file-name.ts";
import { isFault } from "./system-fault.ts";

/**
 * Removes a tree that hostile programs have shaped.
 *
 * No recursion: a directory that is not empty is moved up to the top and emptied there, so any depth takes two
 * descriptors, and no name is ever resolved through another one. Links are removed, never followed.
 */

const stepsPerTurn = 256;

/** Whether `name` is gone; a directory with something in it stays. */
function remove(from: Directory, name: Name): boolean {
  try {
    if (from.stat(name).isDirectory()) from.removeDirectory(name);
    else from.unlink(name);
    return true;
  } catch (error) {
    if (isFault(error, "not_found")) return true;
    if (isFault(error, "conflict")) return false;
    throw error;
  }
}

/** Removes the directory at `trustedPath` with all that is in it. Programs that write there must have ended before. */
export async function removeTree(trustedPath: string): Promise<void> {
  using top = Directory.open(trustedPath);
  let steps = 0;
  const turn = async (): Promise<void> => {
    steps += 1;
    if (steps % stepsPerTurn === 0) await breathe();
  };
  // Readers may miss names that are added or removed meanwhile, so a round without any name is the last.
  for (let names = 1; names > 0;) {
    names = 0;
    for (const name of top.names()) {
      names += 1;
      await turn();
      if (remove(top, name)) continue;
      using directory = top.openDirectory(name);
      for (const inner of directory.names()) {
        await turn();
        if (!remove(directory, inner)) directory.rename(inner, `raised-${randomBytes(12).toString("hex")}`, top);
      }
      remove(top, name);
    }
  }
  rmdirSync(trustedPath);
}
