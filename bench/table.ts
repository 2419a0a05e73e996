/** Tables for people, and how their figures are written. Pure. */

/** Columns of one width, the first to the left and the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lineOf = (row: readonly string[]): string =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join("  ");
  return rows.map((row) => `  ${lineOf(row).trimEnd()}\n`).join("");
}

export const ms = (value: number): string => `${value.toFixed(0)} ms`;
export const us = (value: number): string => `${value.toFixed(1)} µs`;
export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
export const ratio = (ours: number, theirs: number | undefined): string =>
  theirs === undefined ? "-" : (ours / theirs).toFixed(2);
