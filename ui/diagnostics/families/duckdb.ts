import { position, type Finding } from "../finding.ts";
import { statementLine, withoutPlace } from "./sql-statement.ts";

/** DuckDB, from its shell, its libraries and the runtime `sql`. Without a place in front, a line is one of the statement. */

const error =
  /^(?:(?:Error|Parse error|Runtime error): )?(?:near line (\d{1,9}): )?(?:[\w.]{1,100}: )?([A-Z]\w{1,30} (?:(?:[A-Z]\w{1,30}|of|by|type|implemented) ){0,2}Error): ?(.*)$/;
const more = /^(?:Did you mean |Candidate |HINT: )/;

export function* parseDuckdb(lines: readonly string[]): Iterable<Finding> {
  for (const [at, line] of lines.entries()) {
    const { rest, places } = withoutPlace(line);
    const [, row, code, message] = error.exec(rest) ?? [];
    if (code === undefined || message === undefined) continue;
    const below = lines.slice(at + 1, at + 4).filter((one) => more.test(one));
    const shown = statementLine(lines, at);
    const source = shown === undefined ? [] : [shown.source];
    const lineInFile = position(row);
    const place = lineInFile === undefined ? { line: shown?.line, column: shown?.column } : { line: lineInFile };
    yield { at, kind: "error", message: [message, ...below, ...source].join("\n"), code, places, ...place };
  }
}
