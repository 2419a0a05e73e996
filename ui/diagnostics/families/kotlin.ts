import type { DiagnosticKind } from "../diagnostic.ts";
import { position, type Finding } from "../finding.ts";

/** The Kotlin compiler, by itself (`FILE:LINE:COLUMN: error: `) and under Gradle (`e: file:///FILE:LINE:COLUMN `). */

const located = /^([^\s:][^:]{0,1023}\.kts?):(\d{1,9}):(\d{1,9}): (error|warning|info): (.*)$/;
const gradle =
  /^([ewi]): (?:file:\/\/)?([^\s:][^:]{0,1023}\.kts?):(?: \((\d{1,9}), (\d{1,9})\):|(\d{1,9}):(\d{1,9}):?) (.*)$/;
const placeless = /^(error|warning|exception): (.*)$/;

const kindOf = (level: string): DiagnosticKind =>
  level.startsWith("w") ? "warning" : level.startsWith("i") ? "note" : "error";

export function* parseKotlin(lines: readonly string[]): Iterable<Finding> {
  for (const [at, line] of lines.entries()) {
    const [, file, row, column, level, message] = located.exec(line) ?? [];
    if (file !== undefined && level !== undefined && message !== undefined) {
      yield { at, kind: kindOf(level), message, places: [{ file, line: position(row), column: position(column) }] };
      continue;
    }
    const [, letter, path, oldRow, oldColumn, newRow, newColumn, said] = gradle.exec(line) ?? [];
    if (path !== undefined && letter !== undefined && said !== undefined) {
      const place = { file: path, line: position(oldRow ?? newRow), column: position(oldColumn ?? newColumn) };
      yield { at, kind: kindOf(letter), message: said, places: [place] };
      continue;
    }
    const [, general, text] = placeless.exec(line) ?? [];
    if (general !== undefined && text !== undefined) yield { at, kind: kindOf(general), message: text, places: [] };
  }
}
