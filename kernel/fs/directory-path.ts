import type { Directory, Owner } from "./directory.ts";
import type { Name } from "./file-name.ts";
import { isFault } from "./system-fault.ts";

/**
 * Several steps from a held directory; at any time at most two descriptors besides the root are open.
 */

function step(from: Directory, name: Name, make: Owner | undefined): Directory {
  try {
    return from.openDirectory(name);
  } catch (error) {
    if (make === undefined || !isFault(error, "not_found")) throw error;
  }
  try {
    return from.makeDirectory(name, make);
  } catch (error) {
    // Somebody was faster: take theirs if it is a directory.
    if (!isFault(error, "conflict")) throw error;
    return from.openDirectory(name);
  }
}

/**
 * Opens the directory at `parts` below `root`, which stays open. With `make`, missing directories are made and given
 * to that owner. Faults: `not_found`, `invalid` for a link or a file on the way.
 */
export function openPath(root: Directory, parts: readonly Name[], make?: Owner): Directory {
  let here = root.reopen();
  try {
    for (const name of parts) {
      const next = step(here, name, make);
      here[Symbol.dispose]();
      here = next;
    }
    return here;
  } catch (error) {
    here[Symbol.dispose]();
    throw error;
  }
}
