import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Prints one hash of the names and contents of the files and folders named on the command line.
 *
 * Times and owners do not count, so a fresh clone and an old checkout of the same sources agree.
 */

function* filesBelow(path) {
  if (!statSync(path).isDirectory()) {
    yield path;
    return;
  }
  for (const name of readdirSync(path).toSorted()) yield* filesBelow(join(path, name));
}

const hash = createHash("sha256");
for (const path of process.argv.slice(2).flatMap((each) => [...filesBelow(each)])) {
  const content = readFileSync(path);
  hash.update(`${path}\0${content.length}\0`).update(content);
}
process.stdout.write(`${hash.digest("hex")}\n`);
