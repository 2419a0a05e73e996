import { position, type Finding, type RawPlace } from "../finding.ts";

/** rustc and cargo as people read them, and panics with the backtrace that RUST_BACKTRACE gives. */

const message = /^(error|warning|note)(?:\[([A-Z]{1,8}\d{1,6})\])?: (.*)$/;
const arrow = /^\s{0,12}--> ([^\s:][^:]{0,1023}):(\d{1,9}):(\d{1,9})$/;
const summary =
  /^(?:aborting due to|could not compile|\d+ warnings? emitted|build failed|.{1,200} generated \d+ warnings?|linking with)/;
const panic = /^(?:thread '.{0,200}'(?: \(\d{1,10}\))? )panicked at (.*)$/;
const panicAt = /^([^\s:'][^:]{0,1023}):(\d{1,9}):(\d{1,9}):?$/;
const frame = /^\s{1,40}at ([^\s:][^:]{0,1023}):(\d{1,9})(?::(\d{1,9}))?$/;
const backtrace = /^stack backtrace:$/;
const returned = /^Error: (.*)$/;
const library = /^\/rustc\/|^\/(?:usr|root)\/.*\/(?:library|\.cargo)\//;
const arrowWithin = 8;

function ofCompiler(lines: readonly string[], at: number): Finding | undefined {
  const [, level, code, said] = message.exec(lines[at] ?? "") ?? [];
  if (level === undefined || said === undefined) return undefined;
  const kind = level === "error" ? "error" : level === "warning" ? "warning" : "note";
  for (let next = at + 1; next < Math.min(lines.length, at + arrowWithin); next++) {
    const line = lines[next] ?? "";
    const [, file, row, column] = arrow.exec(line) ?? [];
    if (file !== undefined)
      return { at, kind, message: said, code, places: [{ file, line: position(row), column: position(column) }] };
    if (line === "" || message.test(line)) break;
  }
  return { at, kind, message: said, code, places: [], summary: summary.test(said) };
}

function framesAfter(lines: readonly string[], at: number): { places: RawPlace[]; end: number } {
  if (!backtrace.test(lines[at] ?? "")) return { places: [], end: at };
  const places: RawPlace[] = [];
  let end = at + 1;
  for (; end < lines.length && /^\s+(?:\d{1,5}: |at )/.test(lines[end] ?? ""); end++) {
    const [, file, row, column] = frame.exec(lines[end] ?? "") ?? [];
    if (file === undefined || places.length === 200) continue;
    places.push({ file, line: position(row), column: position(column), library: library.test(file) });
  }
  return { places, end };
}

/** The message stands below the place; before Rust 1.73 it stood in front of it. */
function ofPanic(lines: readonly string[], at: number): { finding: Finding; end: number } | undefined {
  const where = panic.exec(lines[at] ?? "")?.[1];
  if (where === undefined) return undefined;
  const quoted = where.startsWith("'") ? where.lastIndexOf("', ") : -1;
  const oldMessage = quoted === -1 ? undefined : where.slice(1, quoted);
  const [, file, row, column] = panicAt.exec(quoted === -1 ? where : where.slice(quoted + 3)) ?? [];
  const said: string[] = oldMessage === undefined ? [] : [oldMessage];
  let next = at + 1;
  for (; oldMessage === undefined && next < lines.length && said.length < 8; next++) {
    const line = lines[next] ?? "";
    if (backtrace.test(line) || line.startsWith("note: run with") || panic.test(line)) break;
    said.push(line);
  }
  const { places, end } = framesAfter(lines, next);
  const own: RawPlace[] =
    file === undefined ? [] : [{ file, line: position(row), column: position(column), library: library.test(file) }];
  const text = said.join("\n").trim();
  return {
    finding: { at, kind: "traceback", message: text === "" ? where : text, code: "panic", places: [...own, ...places] },
    end,
  };
}

export function* parseRust(lines: readonly string[]): Iterable<Finding> {
  for (let at = 0; at < lines.length; at++) {
    const ended = ofPanic(lines, at);
    if (ended !== undefined) {
      yield ended.finding;
      at = Math.max(at, ended.end - 1);
      continue;
    }
    const line = lines[at] ?? "";
    if (/^note: (?:run with `RUST_BACKTRACE|Some details are omitted)/.test(line)) continue;
    const found = ofCompiler(lines, at);
    if (found !== undefined) yield found;
    const failed = returned.exec(line)?.[1];
    if (failed !== undefined) yield { at, kind: "traceback", message: failed, code: "Error", places: [] };
  }
}
