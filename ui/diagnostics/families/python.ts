import { position, type Finding, type RawPlace } from "../finding.ts";

/**
 * Python: tracebacks, of chained exceptions and of groups too, errors of its parser, warnings, and the short form of
 * pytest. The column is not told: Python shows a source line without its indentation.
 */

const head = /^Traceback \(most recent call last\):$/;
const groupHead = /^Exception Group Traceback \(most recent call last\):$/;
const frame = /^ {2}File "([^"]{1,1024})", line (\d{1,9})(?:, in (.*))?$/;
const exception = /^((?:[A-Za-z_][\w]{0,100}\.){0,20}[A-Za-z_]\w{0,100})(?:: (.*))?$/;
const warning = /^([^\s:][^:]{0,1023}\.pyw?):(\d{1,9}): (\w{0,60}Warning): (.*)$/;
const pytest = /^([^\s:][^:]{0,1023}\.py):(\d{1,9}): (\w{0,60}(?:Error|Exception|Failed|Exit|Interrupt))$/;
const pytestSaid = /^E {3,7}(.*)$/;
const opening = /^(?:\S{1,300}\/)?python[\d.]{0,6}: can't open file '([^']{1,1024})': (.*)$/;
const noModule = /^\S{1,300}python[\d.]{0,6}: (No module named .*)$/;
const messageLines = 12;

/** Of a group's traceback the frame of bars that is drawn around it is taken away. */
const undrawn = (line: string): string =>
  line.includes("|") || line.includes("+") ? line.replace(/^[ |]{0,60}(?:\| |\+[-+ \d]{2,60} ?|\+ )/, "") : line;

interface Trace {
  places: RawPlace[];
  end: number;
}

/** Frames, innermost last as Python has them, each with what it shows of the source. */
function framesFrom(lines: readonly string[], from: number, most: number): Trace {
  const places: RawPlace[] = [];
  let end = from;
  for (; end < lines.length; end++) {
    const line = undrawn(lines[end] ?? "");
    const [, file, row] = frame.exec(line) ?? [];
    if (file !== undefined && places.length === most) break;
    if (file !== undefined) places.push({ file, line: position(row), library: /^<|\/lib\/python3/.test(file) });
    else if (!/^ {4}|^ {2}\[/.test(line)) break;
  }
  return { places: places.toReversed(), end };
}

/** What was raised, with the lines of its message up to an empty one. */
function raised(lines: readonly string[], at: number): { code: string | undefined; message: string } {
  const [, code, message = ""] = exception.exec(undrawn(lines[at] ?? "")) ?? [];
  const said = [message];
  if (code !== undefined) {
    for (const line of lines.slice(at + 1, at + messageLines)) {
      const text = undrawn(line);
      if (
        text === "" ||
        head.test(text) ||
        frame.test(text) ||
        /^[-+=*]{3,}/.test(text) ||
        /^During handling|^The above/.test(text)
      )
        break;
      said.push(text);
    }
  }
  const text = said.join("\n").trim();
  return { code, message: text === "" ? (code ?? undrawn(lines[at] ?? "")) : text };
}

function traceback(lines: readonly string[], at: number): { finding: Finding; end: number } | undefined {
  const line = undrawn(lines[at] ?? "");
  const called = head.test(line) || groupHead.test(line);
  // An error of the parser comes without the heading, and is in no function.
  const alone = frame.exec(line);
  if (!called && (alone === null || alone[3] !== undefined)) return undefined;
  const { places, end } = framesFrom(lines, called ? at + 1 : at, called ? Infinity : 1);
  const { code, message } = raised(lines, end);
  if (code === undefined || (!called && !/(?:Error|Warning)$/.test(code))) return undefined;
  const parsed = /^(?:Syntax|Indentation|Tab)Error$/.test(code);
  const finding: Finding = {
    at,
    kind: parsed ? "error" : "traceback",
    message,
    code,
    places: parsed ? places.slice(0, 1) : places,
  };
  return { finding, end };
}

function other(lines: readonly string[], at: number): Finding | undefined {
  const line = lines[at] ?? "";
  const [, file, row, code, said] = warning.exec(line) ?? [];
  if (file !== undefined && said !== undefined)
    return { at, kind: "warning", message: said, code, places: [{ file, line: position(row) }] };
  const [, testFile, testRow, failure] = pytest.exec(line) ?? [];
  if (testFile !== undefined) {
    const why = lines.slice(Math.max(0, at - 8), at).findLast((one) => pytestSaid.test(one));
    const message = pytestSaid.exec(why ?? "")?.[1] ?? failure ?? "";
    return { at, kind: "traceback", message, code: failure, places: [{ file: testFile, line: position(testRow) }] };
  }
  const [, script, why] = opening.exec(line) ?? [];
  if (script !== undefined) return { at, kind: "error", message: `cannot open: ${why}`, places: [{ file: script }] };
  const module = noModule.exec(line)?.[1];
  return module === undefined ? undefined : { at, kind: "error", message: module, places: [] };
}

export function* parsePython(lines: readonly string[]): Iterable<Finding> {
  for (let at = 0; at < lines.length; at++) {
    const found = traceback(lines, at);
    if (found !== undefined) {
      yield found.finding;
      at = Math.max(at, found.end - 1);
      continue;
    }
    const rest = other(lines, at);
    if (rest !== undefined) yield rest;
  }
}
