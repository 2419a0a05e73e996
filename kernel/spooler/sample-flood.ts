import { openSync, writeSync } from "node:fs";
import { content } from "./sample-content.ts";

/**
 * A program for tests: writes `bytes` to the FIFO or file `path`, each byte following from its offset, in pieces of
 * changing size.
 */

const [path = "", stream = "stdout", bytes = "0"] = process.argv.slice(2);
const fd = openSync(path, "w");
const total = Number(bytes);
for (let at = 0, round = 0; at < total; round += 1) {
  const piece = content(stream, at, Math.min(total, at + 1 + ((round * 7919) % 30_000)));
  let done = 0;
  while (done < piece.length) done += writeSync(fd, piece, done);
  at += piece.length;
}
process.stdout.write("written\n");
