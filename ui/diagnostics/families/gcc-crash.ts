import { position, type Finding, type RawPlace } from "../finding.ts";

/**
 * How a compiled program ends badly, as far as it is written: sanitizers, a failed assertion, an exception that nobody
 * caught.
 */

const undefinedBehaviour = /^([^\s:][^:]{0,1023}):(\d{1,9}):(\d{1,9}): runtime error: (.*)$/;
const sanitizer = /^(?:==\d{1,10}==\s?)?(?:ERROR|WARNING|FATAL): (\w{1,30}Sanitizer): (.*)$/;
const frame =
  /^\s{0,8}#\d{1,5} (?:0x[0-9a-f]{1,16} )?(?:in )?.* ([^\s():][^\s():]{0,1023}):(\d{1,9})(?::(\d{1,9}))?(?: \([^()]{1,200}\))?$/;
const anyFrame = /^\s{0,8}#\d{1,5} /;
const assertion = /^(?:[^:]{1,1000}: )?([^\s:][^:]{0,1023}):(\d{1,9}): /;
const terminate = /^terminate called (?:after throwing an instance of '([^']{1,500})'|(.{1,200}))$/;
const frameLimit = 128;

/** A sanitizer's first stack. */
function stackAfter(lines: readonly string[], at: number): RawPlace[] {
  const places: RawPlace[] = [];
  let begun = false;
  for (let next = at + 1; next < Math.min(lines.length, at + frameLimit); next++) {
    const line = lines[next] ?? "";
    if (anyFrame.test(line)) {
      begun = true;
      const [, file, row, column] = frame.exec(line) ?? [];
      if (file === undefined) continue;
      // Those of the C library were compiled elsewhere.
      places.push({ file, line: position(row), column: position(column), library: file.startsWith("../") });
    } else if (begun || next > at + 6) break;
  }
  return places;
}

function ofAssertion(line: string, at: number): Finding | undefined {
  const said = line.indexOf(": Assertion `");
  if (said === -1 || !line.endsWith("' failed.")) return undefined;
  const [, file, row] = assertion.exec(line) ?? [];
  const places = file === undefined ? [] : [{ file, line: position(row) }];
  return { at, kind: "traceback", message: line.slice(said + 2), code: "assert", places };
}

export function parseCrash(lines: readonly string[], at: number): Finding | undefined {
  const line = lines[at] ?? "";
  const [, file, row, column, behaviour] = undefinedBehaviour.exec(line) ?? [];
  if (file !== undefined && behaviour !== undefined) {
    const places = [{ file, line: position(row), column: position(column) }];
    return { at, kind: "traceback", message: behaviour, code: "UndefinedBehaviorSanitizer", places };
  }
  const [, name, report] = sanitizer.exec(line) ?? [];
  if (name !== undefined && report !== undefined)
    return { at, kind: "traceback", message: report, code: name, places: stackAfter(lines, at) };
  const [, thrown, why] = terminate.exec(line) ?? [];
  if (thrown !== undefined || why !== undefined) {
    const what = /^\s{1,8}what\(\):\s{1,4}(.*)$/.exec(lines[at + 1] ?? "")?.[1];
    const message = thrown === undefined ? `terminate called ${why}` : (what ?? `an exception of type ${thrown}`);
    return { at, kind: "traceback", message, code: thrown, places: [] };
  }
  return ofAssertion(line, at);
}
