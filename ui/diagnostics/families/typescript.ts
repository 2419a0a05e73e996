import { position, type Finding, type RawPlace } from "../finding.ts";

/** The TypeScript compiler, plain and pretty, esbuild, and bundlers built on Rolldown. */

const plain = /^([^\s(:][^(:]{0,1023})\((\d{1,9}),(\d{1,9})\): (error|warning|message) (TS\d{1,6}): (.*)$/;
const pretty = /^([^\s:][^:]{0,1023}):(\d{1,9}):(\d{1,9}) - (error|warning|message) (TS\d{1,6}): (.*)$/;
const placeless = /^(error|warning) (TS\d{1,6}): (.*)$/;
const esbuild = /^(?:✘ |▲ |X |> )?\[(ERROR|WARNING)\] (.*)$/;
const esbuildPlace = /^ {4}([^\s:][^:]{0,1023}):(\d{1,9}):(\d{1,9}):$/;
const rolldown = /^\s{0,4}\[([\w:@-]{2,60})\](?: (?:Error|Warning):)? (.*)$/;
const drawnPlace = /^\s{0,12}╭─\[ ([^\s:][^:]{0,1023}):(\d{1,9}):(\d{1,9}) \]/;
const reach = 6;

function ofCompiler(line: string, at: number): Finding | undefined {
  const [, file, row, column, level, code, message] = plain.exec(line) ?? pretty.exec(line) ?? [];
  if (file !== undefined && message !== undefined) {
    const places = [{ file, line: position(row), column: position(column) }];
    return { at, kind: kindOf(level), message, code, places };
  }
  const [, general, generalCode, said] = placeless.exec(line) ?? [];
  return said === undefined ? undefined : { at, kind: kindOf(general), message: said, code: generalCode, places: [] };
}

const kindOf = (level: string | undefined) =>
  level === "error" || level === "ERROR" ? "error" : level === "message" ? "note" : "warning";

/** The place stands a few lines below. Columns of esbuild count from 0. */
function placeBelow(lines: readonly string[], at: number): RawPlace[] {
  for (const line of lines.slice(at + 1, at + reach)) {
    const [, file, row, column] = esbuildPlace.exec(line) ?? [];
    if (file !== undefined) return [{ file, line: position(row), column: Number(column) + 1 }];
    const [, drawn, drawnRow, drawnColumn] = drawnPlace.exec(line) ?? [];
    if (drawn !== undefined) return [{ file: drawn, line: position(drawnRow), column: position(drawnColumn) }];
  }
  return [];
}

export function* parseTypescript(lines: readonly string[]): Iterable<Finding> {
  for (const [at, line] of lines.entries()) {
    const found = ofCompiler(line, at);
    if (found !== undefined) {
      yield found;
      continue;
    }
    const [, level, message] = esbuild.exec(line) ?? [];
    if (message !== undefined) yield { at, kind: kindOf(level), message, places: placeBelow(lines, at) };
    const [, code, said] = rolldown.exec(line) ?? [];
    const places = code === undefined || code === "ERROR" || code === "WARNING" ? [] : placeBelow(lines, at);
    if (said !== undefined && places.length > 0) yield { at, kind: "error", message: said, code, places };
  }
}
