import { messageLines, position, type Finding, type RawPlace } from "../finding.ts";

/**
 * C# and what is built by MSBuild: Roslyn and mcs write `FILE(LINE,COLUMN): error CS0103: MESSAGE`. Exceptions that nobody
 * caught, as .NET and Mono tell them.
 */

const located =
  /^\s{0,8}([^\s(:][^(:]{0,1023})\((\d{1,9})(?:,(\d{1,9}))?(?:,\d{1,9},\d{1,9})?\)\s?: (?:fatal )?(error|warning|message|info) ([A-Z]{1,10}\d{1,6})\s?: (.*)$/;
const placeless = /^\s{0,8}(?:[\w .:/-]{1,200} ?: )?(error|warning) ((?:CS|MSB|NETSDK|NU|FS|BC)\d{1,6})\s?: (.*)$/;
const inProject = / \[[^[\]]{1,500}\.\w{2,6}proj(?:::[^[\]]{0,200})?\]$/;
const unhandled = /^(?:Unhandled exception\.|Unhandled Exception:|\[ERROR\] FATAL UNHANDLED EXCEPTION:)\s?(.*)$/;
const exception = /^((?:\w{1,100}\.){0,20}\w{1,200}(?:`\d)?)(?:: (.*))?$/;
const inFile = /^([^\s:<][^:]{0,1023}):(?:line )?(\d{1,9})$/;
const anyFrame = /^\s{1,8}(?:at |--- End of )/;

/** `at NAME in FILE:line 5`. The file is what stands behind the last ` in `. */
function frameOf(line: string): RawPlace | undefined {
  const [, file, row] = inFile.exec(line.slice(line.lastIndexOf(" in ") + 4)) ?? [];
  return file === undefined ? undefined : { file, line: position(row) };
}

function ofCompiler(line: string, at: number): Finding | undefined {
  const [, file, row, column, level, code, message] = located.exec(line) ?? [];
  if (file === undefined || message === undefined) return undefined;
  const kind = level === "error" ? "error" : level === "warning" ? "warning" : "note";
  const places = [{ file, line: position(row), column: position(column) }];
  return { at, kind, message: message.replace(inProject, ""), code, places };
}

/** What a build says of a file as a whole. */
const ofFile = /^([^\s:][^:]{0,1023}\.\w{1,10}): (error|warning): (.*)$/;

function general(line: string, at: number): Finding | undefined {
  const [, file, degree, said] = ofFile.exec(line) ?? [];
  if (file !== undefined && said !== undefined)
    return { at, kind: degree === "error" ? "error" : "warning", message: said, places: [{ file }] };
  const [, level, code, message] = placeless.exec(line) ?? [];
  if (message === undefined) return undefined;
  const kind = level === "error" ? "error" : "warning";
  return { at, kind, message: message.replace(inProject, ""), code, places: [] };
}

/** One exception: the first of those that are told together is the outermost, and each next one its cause. */
function finding(told: string, places: readonly RawPlace[], at: number): Finding {
  const [first = "", ...more] = told.split("\n");
  const [, code, message = first] = exception.exec(first) ?? [];
  const text = [message, ...more].join("\n").trim();
  return { at, kind: "traceback", message: text === "" ? (code ?? told) : text, code, places };
}

/** The frames of each exception, the innermost cause first: between them stands that its own have ended. */
function framesFrom(lines: readonly string[], from: number): { stacks: RawPlace[][]; end: number } {
  const stacks: RawPlace[][] = [[]];
  let end = from;
  for (; end < lines.length && anyFrame.test(lines[end] ?? ""); end++) {
    const line = lines[end] ?? "";
    if (/--- End of inner /.test(line)) stacks.push([]);
    const place = frameOf(line);
    const stack = stacks.at(-1);
    if (place !== undefined && stack !== undefined && stack.length < 200) stack.push(place);
  }
  return { stacks, end };
}

/** The exception stands on the same line or the next; a message may have several lines. */
function thrown(lines: readonly string[], at: number): { findings: Finding[]; end: number } | undefined {
  const same = unhandled.exec(lines[at] ?? "")?.[1];
  if (same === undefined) return undefined;
  const said = same === "" ? [] : [same];
  let next = at + 1;
  for (; next < lines.length && said.length < messageLines; next++) {
    const line = lines[next] ?? "";
    if (line === "" || anyFrame.test(line) || unhandled.test(line)) break;
    said.push(line);
  }
  const { stacks, end } = framesFrom(lines, next);
  const told = said.join("\n").split(/\s*---> /);
  const findings = told.map((one, depth) => {
    const found = finding(one, stacks[stacks.length - 1 - depth] ?? [], at);
    return depth === 0 ? found : { ...found, message: `caused by ${found.message}` };
  });
  return { findings, end };
}

export function* parseDotnet(lines: readonly string[]): Iterable<Finding> {
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const found = ofCompiler(line, at) ?? general(line, at);
    if (found !== undefined) yield found;
    const ended = thrown(lines, at);
    if (ended === undefined) continue;
    yield* ended.findings;
    at = ended.end - 1;
  }
}
