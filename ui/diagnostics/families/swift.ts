import { position, type Finding, type RawPlace } from "../finding.ts";
import { parseGcc } from "./gcc.ts";

/**
 * Swift. Its compiler writes as Clang does. A program that traps says where in one line, which for a check of the standard
 * library is a line of that library; the backtrace after it, where there is one, tells the person's own.
 */

const trap = /^([^\s:][^:]{0,1023}):(\d{1,9}): (Fatal error|Precondition failed|Assertion failed)(?:: (.*))?$/;
const numbered = /^\s{0,4}\d{1,4} /;
const atFile = /^(\/[^:]{1,1023}):(\d{1,9})(?::(\d{1,9}))?$/;
const bare = /^Fatal error: (.*)$/;
const library = /^(?:Swift|_Concurrency|Foundation|Dispatch|XCTest)\//;
const frameLimit = 100;

/** Only a backtrace that follows the trap is its own. */
function backtrace(lines: readonly string[], at: number): RawPlace[] {
  const places: RawPlace[] = [];
  for (let next = at + 1; next < Math.min(lines.length, at + frameLimit); next++) {
    const line = lines[next] ?? "";
    if (trap.test(line)) break;
    const [, file, row, column] =
      (numbered.test(line) ? atFile.exec(line.slice(line.lastIndexOf(" at ") + 4)) : null) ?? [];
    if (file !== undefined)
      places.push({ file, line: position(row), column: position(column), library: file.startsWith("/usr/") });
  }
  return places;
}

function* parseTraps(lines: readonly string[]): Iterable<Finding> {
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const [, file, row, what, why] = trap.exec(line) ?? [];
    if (what !== undefined && file !== undefined) {
      // The folder is the module's name, not where the file lies.
      const name = file.slice(file.lastIndexOf("/") + 1);
      const own: RawPlace = { file: name, line: position(row), loose: true, library: library.test(file) };
      const places = [...backtrace(lines, at), own];
      yield { at, kind: "traceback", message: why ?? what, code: what, places };
    } else if (bare.test(line)) {
      yield { at, kind: "traceback", message: line, code: "Fatal error", places: backtrace(lines, at) };
    }
  }
}

export function* parseSwift(lines: readonly string[]): Iterable<Finding> {
  yield* parseGcc(lines);
  yield* parseTraps(lines);
}
