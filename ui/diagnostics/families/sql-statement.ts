import { position, type RawPlace } from "../finding.ts";

/**
 * What the SQL tools have in common: the place in front of a message, `FILE:LINE:COLUMN: `, and the source line below it,
 * `LINE 3: SELECT ...` with a caret, as DuckDB and PostgreSQL show it.
 */

const placed = /^(?:psql:)?([^\s:][^:]{0,1023}\.\w{1,10})(?::(\d{1,9}))?(?::(\d{1,9}))?: (.*)$/;
const shown = /^(LINE (\d{1,9}): )(.*)$/;

/** A message without the place in front of it, and the place. */
export function withoutPlace(line: string): { rest: string; places: RawPlace[] } {
  const [, file, row, column, rest] = placed.exec(line) ?? [];
  if (file === undefined || rest === undefined) return { rest: line, places: [] };
  return { rest, places: [{ file, line: position(row), column: position(column) }] };
}

interface Shown {
  line: number | undefined;
  column: number | undefined;
  source: string;
}

/** Where in the statement. The column is not known where the line is shown in part. */
export function statementLine(lines: readonly string[], at: number): Shown | undefined {
  for (let next = at + 1; next < Math.min(lines.length, at + 8); next++) {
    const [, prefix, row, source] = shown.exec(lines[next] ?? "") ?? [];
    if (prefix === undefined || source === undefined) continue;
    const caret = (lines[next + 1] ?? "").indexOf("^") - prefix.length + 1;
    const known = /^\s{0,2000}\^$/.test(lines[next + 1] ?? "") && !source.startsWith("...") && caret > 0;
    return { line: position(row), column: known ? caret : undefined, source };
  }
  return undefined;
}
