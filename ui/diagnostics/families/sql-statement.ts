import { position } from "../finding.ts";

/** The source line that DuckDB and PostgreSQL show below an error: `LINE 3: SELECT ...`, and a caret below that. */

const shown = /^(?:psql:[^ ]{1,1024} )?(LINE (\d{1,9}): )(.*)$/;

export interface Shown {
  line: number | undefined;
  column: number | undefined;
  source: string;
}

/** Where in the statement. The column is not known where the line is shown in part. */
export function statementLine(lines: readonly string[], at: number): Shown | undefined {
  for (let next = at + 1; next < Math.min(lines.length, at + 4); next++) {
    const [, prefix, row, source] = shown.exec(lines[next] ?? "") ?? [];
    if (prefix === undefined || source === undefined) continue;
    const caret = (lines[next + 1] ?? "").indexOf("^") - prefix.length + 1;
    const known = /^\s{0,2000}\^$/.test(lines[next + 1] ?? "") && !source.startsWith("...") && caret > 0;
    return { line: position(row), column: known ? caret : undefined, source };
  }
  return undefined;
}
