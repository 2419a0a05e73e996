import { position, type Finding, type RawPlace } from "../finding.ts";

/**
 * Stack traces of the JVM, whichever language the program is in. A frame names a file without its folder, so the package
 * stands for it. Each `Caused by` is told by itself.
 */

const head =
  /^(?:Exception in thread "[^"]{0,200}" |Caused by: |\s{0,8}Suppressed: )?((?:[\w$-]{1,100}\.){0,20}[\w$]{1,200})(?:: (.*))?$/;
const certain = /^(?:Exception in thread "|Caused by: )/;
const frame = /^\s{1,40}at ([^\s()]{1,1000})\(([^():]{1,255})(?::(\d{1,9}))?\)/;
const launcher = /^Error: (Could not find or load main class .*|Main method .*|A JNI error .*|Unable to .*)$/;
const library = /^(?:java|javax|jdk|sun|kotlin|kotlinx|org\.jetbrains\.kotlin|scala)[./]/;
const messageLines = 8;

function placeOf([, name = "", file = "", row]: RegExpExecArray): RawPlace | undefined {
  if (row === undefined) return undefined;
  const method = name.slice(name.lastIndexOf("/") + 1);
  const packages = method.split(".").slice(0, -2);
  const source = [...packages, file].join("/");
  return {
    file: source,
    line: position(row),
    loose: true,
    library: library.test(method) || /^java\.base\b/.test(name),
  };
}

/** The frames that begin at a line. */
function framesFrom(lines: readonly string[], from: number): { places: RawPlace[]; end: number } {
  const places: RawPlace[] = [];
  let end = from;
  for (; end < lines.length; end++) {
    const found = frame.exec(lines[end] ?? "");
    if (found === null) break;
    const place = placeOf(found);
    if (place !== undefined && places.length < 200) places.push(place);
  }
  return { places, end };
}

/** Where the frames of an exception begin: its message may have lines of its own. */
function framesAfter(lines: readonly string[], at: number, sure: boolean): number | undefined {
  const most = sure ? messageLines : 1;
  for (let next = at + 1; next <= at + most && next < lines.length; next++)
    if (frame.test(lines[next] ?? "")) return next;
  return undefined;
}

export function* parseJava(lines: readonly string[]): Iterable<Finding> {
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const refused = launcher.exec(line)?.[1];
    if (refused !== undefined) yield { at, kind: "traceback", message: refused, places: [] };
    const [, thrown, message] = head.exec(line) ?? [];
    if (thrown === undefined) continue;
    const sure = certain.test(line);
    const begin = framesAfter(lines, at, sure);
    if (begin === undefined && !sure) continue;
    const { places, end } = begin === undefined ? { places: [], end: at + 1 } : framesFrom(lines, begin);
    const more = lines.slice(at + 1, begin ?? at + 1);
    const cause = line.startsWith("Caused by") ? "caused by " : "";
    const said = [message ?? "", ...more].join("\n").trim();
    yield { at, kind: "traceback", message: cause + (said === "" ? thrown : said), code: thrown, places };
    at = end - 1;
  }
}
