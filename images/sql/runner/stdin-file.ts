import { closeSync, openSync, readSync, writeSync } from "node:fs";

/**
 * Standard input as a file, for statements that name it. A box's input is a named pipe: whoever opens that by its name after its
 * writer has gone waits for another writer, and what is read once is gone. The name that takes its place is as long, so that
 * errors are where they were.
 */

const stdin = "/dev/stdin";
const copy = "/tmp/stdin";
const chunkBytes = 1 << 20;

/** The statements with the copy in the place of standard input, which is read to its end where they name it. */
export function withStdinAsFile(sql: string): string {
  if (!sql.includes(stdin)) return sql;
  const file = openSync(copy, "w", 0o600);
  const chunk = Buffer.allocUnsafe(chunkBytes);
  for (let read = readSync(0, chunk); read > 0; read = readSync(0, chunk))
    for (let from = 0; from < read;) from += writeSync(file, chunk, from, read - from);
  closeSync(file);
  return sql.replaceAll(stdin, copy);
}
