import type { DiagnosticKind } from "../diagnostic.ts";
import type { Finding } from "../finding.ts";
import { statementLine, withoutPlace } from "./sql-statement.ts";

/**
 * PostgreSQL: psql, which puts the file and the line of the statement's end in front, the runtime `sql`, and the server's own
 * log.
 */

const said =
  /^(?:psql: )?(error|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|Connection error|sql-run): {1,2}(?:([0-9A-Z]{5}): )?(.*)$/;
const more = /^(?:DETAIL|HINT|CONTEXT|QUERY|STATEMENT): {1,2}(.*)$/;
const logged = /^\d{4}-\d\d-\d\d [\d:.]{8,16} \w{1,6} \[\d{1,10}\](?: [^ :]{1,100}@[^ :]{1,100})? /;

const kindOf = (level: string | undefined): DiagnosticKind =>
  level === "WARNING" ? "warning" : level === "NOTICE" || level === "INFO" ? "note" : "error";

export function* parsePostgres(lines: readonly string[]): Iterable<Finding> {
  for (const [at, line] of lines.entries()) {
    const { rest, places } = withoutPlace(line.replace(logged, ""));
    const [, level, code, message] = said.exec(rest) ?? [];
    if (level === undefined || message === undefined) continue;
    const below = lines.slice(at + 1, at + 8).map((one) => one.replace(logged, ""));
    const end = below.findIndex((one) => said.test(withoutPlace(one).rest));
    const own = end === -1 ? below : below.slice(0, end);
    const details = own.filter((one) => more.test(one));
    const shown = statementLine(own, -1);
    const source = shown === undefined ? [] : [shown.source];
    yield {
      at,
      kind: kindOf(level),
      message: [message, ...details, ...source].join("\n"),
      code,
      places,
      line: shown?.line,
      column: shown?.column,
    };
  }
}
