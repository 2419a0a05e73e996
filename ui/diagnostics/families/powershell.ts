import { position, type Finding, type RawPlace } from "../finding.ts";

/** PowerShell: the drawn view of version 7, and the one before it (`At FILE:LINE char:COLUMN`). */

const view = /^(\w{1,100}|[A-Z]\w{0,40}-\w{1,60}): ([^\s:][^:]{0,1023}\.ps[md]?1):(\d{1,9})(?::(\d{1,9}))?$/;
const bar = /^\s{0,12}\d{0,9}\s{0,4}\|\s?(.*)$/;
const simple =
  /^([A-Z]\w{0,40}-\w{1,60}|ParserError|RuntimeException|Exception|OperationStopped|InvalidOperation): (.*)$/;
const classic = /^At ([^\s:][^:]{0,1023}):(\d{1,9}) char:(\d{1,9})$/;
const blockLines = 14;

/** Of the drawn block: what is marked `~`, and below it the message. */
function drawn(lines: readonly string[], at: number): { column: number | undefined; message: string } {
  let column: number | undefined;
  const said: string[] = [];
  for (const line of lines.slice(at + 1, at + blockLines)) {
    if (line === "" || /^Line \|$/.test(line)) continue;
    const text = bar.exec(line)?.[1];
    if (text === undefined) break;
    if (/^\s*~+\s*$/.test(text)) column = line.indexOf("~") - line.indexOf("|") - 2;
    else if (column !== undefined) said.push(text.trim());
  }
  return { column, message: said.join(" ").trim() };
}

function ofView(lines: readonly string[], at: number): Finding | undefined {
  const [, code, file, row, column] = view.exec(lines[at] ?? "") ?? [];
  if (file === undefined) return undefined;
  const block = drawn(lines, at);
  const known = position(column) ?? (block.column !== undefined && block.column > 0 ? block.column : undefined);
  const places: RawPlace[] = [{ file, line: position(row), column: known }];
  const kind = code === "ParserError" ? "error" : "traceback";
  return { at, kind, message: block.message === "" ? (code ?? "") : block.message, code, places };
}

/** Of an error of the parser the message stands below the source line, of any other above it. */
function classicMessage(lines: readonly string[], at: number): Pick<Finding, "kind" | "message"> {
  const below = lines.slice(at + 1, at + 6).find((line) => !line.startsWith("+"));
  if (below !== undefined && /^[^\s+]/.test(below)) return { kind: "error", message: below };
  return { kind: "traceback", message: lines[at - 1] ?? "" };
}

export function* parsePowershell(lines: readonly string[]): Iterable<Finding> {
  for (const [at, line] of lines.entries()) {
    const found = ofView(lines, at);
    if (found !== undefined) {
      yield found;
      continue;
    }
    const [, file, row, column] = classic.exec(line) ?? [];
    if (file !== undefined) {
      const place = { file, line: position(row), column: position(column) };
      yield { at, ...classicMessage(lines, at), places: [place] };
      continue;
    }
    const [, code, message] = simple.exec(line) ?? [];
    const placed = classic.test(lines[at + 1] ?? "");
    if (message !== undefined && message !== "" && !placed) yield { at, kind: "traceback", message, code, places: [] };
  }
}
