import { position, type Finding, type RawPlace } from "../finding.ts";
import { statementLine } from "./sql-statement.ts";

/** PostgreSQL, as psql shows it: with the file and line of the script where there is one, and the server's own log. */

const said =
  /^(?:psql:([^\s:][^:]{0,1023}):(\d{1,9}): )?(?:psql: )?(error|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO)(?: {1,2}|: {1,2})(?:([0-9A-Z]{5}): )?(.*)$/;
const more = /^(?:DETAIL|HINT|CONTEXT|QUERY): {1,2}(.*)$/;
const logged = /^\d{4}-\d\d-\d\d [\d:.]{8,16} \w{1,6} \[\d{1,10}\](?: [^ ]{1,200})? /;

const kindOf = (level: string | undefined) =>
  level === "WARNING" ? "warning" : level === "NOTICE" || level === "INFO" ? "note" : "error";

export function* parsePostgres(lines: readonly string[]): Iterable<Finding> {
  for (const [at, whole] of lines.entries()) {
    const line = whole.replace(logged, "");
    const [, file, row, level, code, message] = said.exec(line) ?? [];
    if (level === undefined || message === undefined) continue;
    const end = lines.slice(at + 1, at + 8).findIndex((one) => said.test(one));
    const details = lines
      .slice(at + 1, end === -1 ? at + 8 : at + 1 + end)
      .flatMap((one) => (more.exec(one) === null ? [] : [one]));
    const shown = end === 0 ? undefined : statementLine(lines, at);
    const source = shown === undefined ? [] : [shown.source];
    // The file's line is that of the statement's end; which one of the statement it is comes after it.
    const places: RawPlace[] = file === undefined || file.startsWith("<") ? [] : [{ file, line: position(row) }];
    yield {
      at,
      kind: kindOf(level),
      message: [message, ...details, ...source].join("\n"),
      code,
      places,
      line: places.length === 0 ? shown?.line : undefined,
      column: shown?.column,
    };
  }
}
