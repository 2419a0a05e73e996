import { position, type Finding } from "../finding.ts";
import { parseGcc } from "./gcc.ts";

/**
 * Unreal Engine: the compiler that its build tool runs (Clang's form, or `FILE(LINE): error C2065: `), the header tool,
 * and lines of the engine's log by their category.
 */

const microsoft =
  /^\s{0,8}([^\s(:][^(:]{0,1023})\((\d{1,9})(?:,(\d{1,9}))?\)\s?: (?:fatal )?(error|warning|note|Error|Warning)(?: ([A-Z]{1,5}\d{1,6}))?\s?: (.*)$/;
const logged = /^(Log\w{1,60}): (Error|Warning|Fatal): (.*)$/;
const tool = /^(?:ERROR|AutomationException): (.*)$/;
const exit = /^(?:AutomationTool exiting with ExitCode=(?!0\b)|BUILD FAILED|Result: Failed)(.*)$/;

const kindOf = (level: string) => (/^warning$/i.test(level) ? "warning" : level === "note" ? "note" : "error");

/** Its tools run each other and put their names in front of what they pass on. */
const passedOn = /^(?:UATHelper: [^:]{1,100}: {1,4})?(?:UnrealBuildTool: |Program\.Main: )?/;
const stamp = /^\[[\d.:-]{10,30}\]\[[ \d]{1,10}\]/;

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

export function* parseUnreal(whole: readonly string[]): Iterable<Finding> {
  const lines = whole.map((line) =>
    line
      .replace(passedOn, "")
      .replace(stamp, "")
      .replace(/^LogInit: Display: /, ""),
  );
  yield* parseGcc(lines);
  yield* parseOwn(lines);
}
