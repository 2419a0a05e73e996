import { position, type Finding, type RawPlace } from "../finding.ts";
import { charactersColumn } from "./gcc-column.ts";
import { parseCrash } from "./gcc-crash.ts";

/**
 * GCC, Clang and what goes with them: the linker, make, CMake. The form is GNU's: `FILE:LINE:COLUMN: error: MESSAGE`
 * (GNU coding standards, "Formatting Error Messages"). Also what a program of theirs writes when it ends badly.
 */

const located =
  /^([^\s:][^:]{0,1023}):(\d{1,9})(?::(\d{1,9}))?: (?:(?:fatal |internal compiler |sorry, unimplemented: )?(error)|(warning)|(note|remark)): (.*)$/;
/** Where a template was asked for whose body the error is in. */
const required = /^([^\s:][^:]{0,1023}):(\d{1,9}):(?:(\d{1,9}):)? {2,4}(?:recursively )?required (?:from|by) /;
const option = / \[(-[WfO][^[\]]{1,80})\]$/;
const tool = /^(?:\/\S{0,200}\/)?([\w+.-]{1,40}): (?:fatal )?(error|warning): (.*)$/;
const linker = /^(?:\/\S{0,200}\/)?(?:[\w-]{1,40}-)?ld(?:\.\w{1,8})?: (.*)$/;
const linked =
  /^(?:[^\s:]{1,500}\.o:)?([^\s:]{1,1000}):(?:(\d{1,9})|\(\.[^)]{1,200}\)): ((?:undefined reference to|multiple definition of) .*)$/;
const unresolved = /^(?:ld(?:\.lld)?: )?error: ((?:undefined|duplicate) symbol: .*)$/;
const missing = /^(cannot (?:find|open) .*|error: .*|unrecognized option .*)$/;
const make = /^(?:\S{1,100}\/)?g?make(?:\[\d{1,4}\])?: \*\*\* (.*)$/;
const makefile = /^([^\s:]{1,1000}):(\d{1,9}): \*\*\* (.*)$/;
const cmake =
  /^CMake (Error|(?:Deprecation )?Warning)(?: \(dev\))?(?: at ([^:]{1,1000}):(\d{1,9})(?: \([^)]{1,200}\))?)?:(.*)$/;

const summaries = /^(?:ld returned \d+ exit status|linker command failed|ninja: build stopped)/;

function atPlace(lines: readonly string[], at: number): Finding | undefined {
  const [, file, row, column, error, warning, , message] = located.exec(lines[at] ?? "") ?? [];
  if (file === undefined || row === undefined || message === undefined) return undefined;
  const written = position(column);
  return {
    at,
    kind: error === undefined ? (warning === undefined ? "note" : "warning") : "error",
    message: message.replace(option, ""),
    code: option.exec(message)?.[1],
    places: [
      {
        file,
        line: position(row),
        column: written === undefined ? undefined : charactersColumn(lines, at, { row, column: written }),
      },
    ],
  };
}

function ofLinker(line: string, at: number): Finding | undefined {
  const said = linker.exec(line)?.[1] ?? line;
  const [, file, row, undefinedName] = linked.exec(said) ?? [];
  if (file !== undefined && undefinedName !== undefined) {
    const places: RawPlace[] = [{ file, line: position(row), loose: true }];
    return { at, kind: "error", message: undefinedName, places };
  }
  const plain = unresolved.exec(line)?.[1] ?? (said === line ? undefined : missing.exec(said)?.[1]);
  return plain === undefined ? undefined : { at, kind: "error", message: plain, places: [] };
}

function ofMake(line: string, at: number): Finding | undefined {
  const [, file, row, trouble] = makefile.exec(line) ?? [];
  if (file !== undefined && trouble !== undefined)
    return { at, kind: "error", message: trouble, places: [{ file, line: position(row) }] };
  const [, said] = make.exec(line) ?? [];
  if (said === undefined) return undefined;
  return { at, kind: "error", message: said, places: [], summary: /^\[.*\] Error \d/.test(said) };
}

/** The message follows, indented, up to the first line that says something else. */
function ofCmake(lines: readonly string[], at: number): Finding | undefined {
  const [, level, file, row, rest = ""] = cmake.exec(lines[at] ?? "") ?? [];
  if (level === undefined) return undefined;
  const more = lines.slice(at + 1, at + 12);
  const end = more.findIndex((line) => /^\S/.test(line) || line.startsWith("Call Stack"));
  const text = [rest, ...(rest.trim() === "" ? more.slice(0, end === -1 ? undefined : end) : [])];
  const places: RawPlace[] = file === undefined ? [] : [{ file, line: position(row) }];
  const message = text.join(" ").replaceAll(/\s+/g, " ").trim();
  return { at, kind: level === "Error" ? "error" : "warning", message, places };
}

function ofTool(line: string, at: number): Finding | undefined {
  const [, name, level, said] = tool.exec(line) ?? [];
  if (name === undefined || said === undefined) return undefined;
  return {
    at,
    kind: level === "warning" ? "warning" : "error",
    message: `${name}: ${said}`,
    places: [],
    summary: summaries.test(said),
  };
}

export function* parseGcc(lines: readonly string[]): Iterable<Finding> {
  let askedFrom: RawPlace[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line === "") continue;
    const [, asker, row, column] = required.exec(line) ?? [];
    if (asker !== undefined) {
      if (askedFrom.length < 100) askedFrom.push({ file: asker, line: position(row), column: position(column) });
      continue;
    }
    const located = atPlace(lines, at);
    const found =
      located ??
      parseCrash(lines, at) ??
      ofLinker(line, at) ??
      ofMake(line, at) ??
      ofCmake(lines, at) ??
      ofTool(line, at);
    if (found === undefined) continue;
    yield located === undefined ? found : { ...found, places: [...found.places, ...askedFrom] };
    askedFrom = [];
  }
}
