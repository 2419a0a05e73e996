import { position, type Finding } from "../finding.ts";
import { parseGcc } from "./gcc.ts";

/**
 * Unreal Engine: the compiler that its build tool runs (Clang's form, or `FILE(LINE): error C2065: `), the header tool,
 * and lines of the engine's log by their category.
 */

const microsoft =
  /^\s{0,8}([^\s(:][^(:]{0,1023})\((\d{1,9})(?:,(\d{1,9}))?\)\s?: (?:fatal )?(error|warning|note|Error|Warning)(?: ([A-Z]{1,5}\d{1,6}))?\s?: (.*)$/;
const logged = /^(?:\[[\d.:-]{10,30}\]\[[ \d]{1,10}\])?(Log\w{1,60}): (Error|Warning|Fatal): (.*)$/;
const tool = /^(?:ERROR|AutomationTool error|UATHelper: .{1,100}: ERROR|AutomationException): (.*)$/;
const exit = /^(?:AutomationTool exiting with ExitCode=(?!0\b)|BUILD FAILED|Result: Failed)(.*)$/;

const kindOf = (level: string) => (/^warning$/i.test(level) ? "warning" : level === "note" ? "note" : "error");

function* parseOwn(lines: readonly string[]): Iterable<Finding> {
  for (const [at, line] of lines.entries()) {
    const [, file, row, column, level, code, message] = microsoft.exec(line) ?? [];
    if (file !== undefined && level !== undefined && message !== undefined) {
      yield {
        at,
        kind: kindOf(level),
        message,
        code,
        places: [{ file, line: position(row), column: position(column) }],
      };
      continue;
    }
    const [, category, severity, said] = logged.exec(line) ?? [];
    if (severity !== undefined && said !== undefined) {
      yield { at, kind: kindOf(severity), message: said, code: category, places: [] };
      continue;
    }
    const failed = tool.exec(line)?.[1];
    if (failed !== undefined) yield { at, kind: "error", message: failed, places: [] };
    else if (exit.test(line)) yield { at, kind: "error", message: line, places: [], summary: true };
  }
}

export function* parseUnreal(lines: readonly string[]): Iterable<Finding> {
  yield* parseGcc(lines);
  yield* parseOwn(lines);
}
