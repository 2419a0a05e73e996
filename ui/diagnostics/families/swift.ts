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
/** Of the backtracer, which names the reason where the program could not. */
const crash = /^\*\*\* (Swift runtime failure|Program crashed): ([^*]{1,500}?)(?: at 0x[0-9a-f]{1,16})? \*\*\*$/;
const frameLimit = 100;

/** The calls below a trap, up to the next one, and where they end. */
function backtrace(lines: readonly string[], at: number): { places: RawPlace[]; end: number } {
  const places: RawPlace[] = [];
  let end = at + 1;
  for (; end < Math.min(lines.length, at + frameLimit); end++) {
    const line = lines[end] ?? "";
    if (trap.test(line) || /^(?:Registers:|Images \(|Backtrace took)/.test(line)) break;
    if (!numbered.test(line) || line.includes("[system]")) continue;
    const [, file, row, column] = atFile.exec(line.slice(line.lastIndexOf(" at ") + 4)) ?? [];
    if (file !== undefined) places.push({ file, line: position(row), column: position(column) });
  }
  return { places, end };
}

/** Where the message says that it was. The folder is the module's name, not where the file lies. */
const saidPlace = (file: string, row: string | undefined): RawPlace => ({
  file: file.slice(file.lastIndexOf("/") + 1),
  line: position(row),
  loose: true,
  library: library.test(file),
});

function* parseTraps(lines: readonly string[]): Iterable<Finding> {
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const [, file, row, what, why] = trap.exec(line) ?? [];
    const [, crashed, reason] = crash.exec(line) ?? [];
    const message = why ?? what ?? reason ?? bare.exec(line)?.[1];
    if (message === undefined) continue;
    const { places, end } = backtrace(lines, at);
    const own = file === undefined ? [] : [saidPlace(file, row)];
    yield { at, kind: "traceback", message, code: what ?? crashed ?? "Fatal error", places: [...places, ...own] };
    at = end - 1;
  }
}

export function* parseSwift(lines: readonly string[]): Iterable<Finding> {
  yield* parseGcc(lines);
  yield* parseTraps(lines);
}
