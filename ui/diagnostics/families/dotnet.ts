import { position, type Finding, type RawPlace } from "../finding.ts";

/**
 * C# and what is built by MSBuild: Roslyn and mcs write `FILE(LINE,COLUMN): error CS0103: MESSAGE`. Exceptions that nobody
 * caught, as .NET and Mono tell them.
 */

const located =
  /^\s{0,8}([^\s(:][^(:]{0,1023})\((\d{1,9})(?:,(\d{1,9}))?(?:,\d{1,9},\d{1,9})?\)\s?: (?:fatal )?(error|warning|message|info) ([A-Z]{1,10}\d{1,6})\s?: (.*)$/;
const placeless = /^\s{0,8}(?:[\w .:/-]{1,200} ?: )?(error|warning) ((?:CS|MSB|NETSDK|NU|FS|BC)\d{1,6})\s?: (.*)$/;
const inProject = / \[[^[\]]{1,500}\.\w{2,6}proj(?:::[^[\]]{0,200})?\]$/;
const unhandled = /^(?:Unhandled exception\.|Unhandled Exception:|\[ERROR\] FATAL UNHANDLED EXCEPTION:)\s?(.*)$/;
const exception = /^((?:\w{1,100}\.){0,20}\w{1,200}(?:`\d)?)(?:: (.*)| ---> .*)?$/;
const inFile = /^([^\s:<][^:]{0,1023}):(?:line )?(\d{1,9})$/;
const anyFrame = /^\s{1,8}(?:at |--- End of |---> )/;

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

function general(line: string, at: number): Finding | undefined {
  const [, level, code, message] = placeless.exec(line) ?? [];
  if (message === undefined) return undefined;
  const kind = level === "error" ? "error" : "warning";
  return { at, kind, message: message.replace(inProject, ""), code, places: [] };
}

/** The exception stands on the same line or the next; its frames follow, after a message of some lines. */
function thrown(lines: readonly string[], at: number): { finding: Finding; end: number } | undefined {
  const same = unhandled.exec(lines[at] ?? "")?.[1];
  if (same === undefined) return undefined;
  let next = at + 1;
  const [, code, message = ""] = exception.exec(same === "" ? (lines[next++] ?? "") : same) ?? [];
  const said = [message];
  for (; next < lines.length && said.length < 8 && !anyFrame.test(lines[next] ?? ""); next++) {
    if ((lines[next] ?? "") === "") break;
    said.push(lines[next] ?? "");
  }
  const places: RawPlace[] = [];
  for (; next < lines.length && anyFrame.test(lines[next] ?? ""); next++) {
    const place = frameOf(lines[next] ?? "");
    if (place !== undefined && places.length < 200) places.push(place);
  }
  const text = said.join("\n").trim();
  return { finding: { at, kind: "traceback", message: text === "" ? (code ?? same) : text, code, places }, end: next };
}

export function* parseDotnet(lines: readonly string[]): Iterable<Finding> {
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const found = ofCompiler(line, at) ?? general(line, at);
    if (found !== undefined) yield found;
    const ended = thrown(lines, at);
    if (ended === undefined) continue;
    yield ended.finding;
    at = ended.end - 1;
  }
}
