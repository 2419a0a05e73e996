import { caretColumn, position, type Finding, type RawPlace } from "../finding.ts";

/**
 * Node: `FILE:LINE`, the source line, a caret, and the error with its stack. Errors of the parser have a stack of Node's own
 * frames alone; then what stands above tells where.
 */

const head = /^((?:file:\/\/)?\/[^:]{1,1023}|\[[a-z]{1,20}\](?:-\w{1,20})?|\w[\w./-]{0,255}):(\d{1,9})$/;
const thrown =
  /^\s{0,8}(?:Uncaught )?((?:[A-Za-z_$][\w$]{0,100}\.){0,5}[A-Za-z_$][\w$]{0,100})(?: \[([A-Z][A-Z0-9_]{1,100})\])?(?:: (.*))?$/;
const named = /(?:Error|Exception|Rejection|Warning)$/;
const frame = /^\s{1,12}at (?:.{1,500} \()?([^\s()][^()]{0,1023}):(\d{1,9}):(\d{1,9})\)?,?(?: \{)?$/;
const anyFrame = /^\s{1,12}at /;
const cause = /^\s{1,12}\[cause\]: (.*)$/;
const hint = /^\(Use `node --trace-uncaught/;
const importedFrom = / imported from (\/[^\s:]{1,1023})$/;
const messageLines = 8;
/** How far below `FILE:LINE` the error stands. */
const headReach = 10;

const isLibrary = (file: string): boolean => /^node:|\/node_modules\//.test(file);

function framesFrom(lines: readonly string[], from: number): { places: RawPlace[]; end: number } {
  const places: RawPlace[] = [];
  let end = from;
  for (; end < lines.length && anyFrame.test(lines[end] ?? ""); end++) {
    const [, named, row, column] = frame.exec(lines[end] ?? "") ?? [];
    const file = named?.replace(/^async /, "");
    if (file !== undefined && places.length < 200)
      places.push({
        file,
        line: position(row),
        column: position(column),
        library: isLibrary(file),
      });
  }
  return { places, end };
}

/** The error that begins at a line, if its stack follows, after a message of some lines. */
function errorAt(lines: readonly string[], at: number): { finding: Finding; end: number } | undefined {
  const line = lines[at] ?? "";
  const text = cause.exec(line)?.[1] ?? line;
  const [, name, code, message = ""] = thrown.exec(text) ?? [];
  if (name === undefined) return undefined;
  const near = lines.slice(at + 1, at + 1 + messageLines);
  const below = near.findIndex((one) => anyFrame.test(one));
  // Only what is called an error may have a message of several lines.
  if (below === -1 || (below > 0 && !named.test(name))) return undefined;
  const { places, end } = framesFrom(lines, at + 1 + below);
  const said = [message, ...near.slice(0, below)].join("\n").trim();
  const called = code === undefined ? name : `${name} ${code}`;
  return { finding: { at, kind: "traceback", message: said === "" ? name : said, code: called, places }, end };
}

/** What `FILE:LINE` and the caret below it tell. */
function headAt(lines: readonly string[], at: number): RawPlace | undefined {
  const [, file, row] = head.exec(lines[at] ?? "") ?? [];
  if (file === undefined) return undefined;
  const caret = lines.slice(at + 2, at + 4).find((line) => caretColumn(line) !== undefined);
  return { file, line: position(row), column: caretColumn(caret), library: isLibrary(file) };
}

interface Seen {
  place: RawPlace;
  at: number;
}

/** Where an error of the parser is, is above it; a thrown value that is no error has nothing else. */
function withHead(finding: Finding, seen: Seen | undefined): Finding {
  if (finding.places.some(({ library }) => library !== true)) return finding;
  const from = importedFrom.exec(finding.message)?.[1];
  if (from !== undefined) return { ...finding, kind: "error", places: [{ file: from }] };
  if (seen === undefined || finding.at - seen.at > headReach) return finding;
  const parsed = finding.code?.startsWith("SyntaxError") === true;
  return { ...finding, kind: parsed ? "error" : finding.kind, places: [seen.place] };
}

/** `throw 1`: below the source line and its caret stands the value, and below that how to learn more. */
function valueAt(lines: readonly string[], at: number, seen: Seen | undefined): Finding | undefined {
  if (!hint.test(lines[at] ?? "") || seen === undefined || at - seen.at > headReach) return undefined;
  const below = lines.slice(seen.at + 2, at);
  const value = below.slice(below.findIndex((line) => caretColumn(line) !== undefined) + 1);
  return { at: seen.at, kind: "traceback", message: value.join("\n").trim(), places: [seen.place] };
}

export function* parseNode(lines: readonly string[]): Iterable<Finding> {
  let seen: Seen | undefined;
  for (let at = 0; at < lines.length; at++) {
    const place = headAt(lines, at);
    if (place !== undefined && place.library !== true) seen = { place, at };
    const found = errorAt(lines, at);
    if (found === undefined) {
      const value = valueAt(lines, at, seen);
      if (value !== undefined) yield value;
      continue;
    }
    yield withHead(found.finding, seen);
    seen = undefined;
    at = found.end - 1;
  }
}
