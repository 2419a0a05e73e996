import { messageLines, position, type Finding, type RawPlace } from "../finding.ts";

/**
 * R. A call may stand between `Error in` and the colon; the message may begin on the next line. Where in a file it is, only
 * its parser says, and `options(show.error.locations = TRUE)`.
 */

const error = /^Error(?: in (.{1,1500}?) )?: ?(.*)$/;
const from = /^(.{0,1500}) \(from ([^#()]{1,300})#(\d{1,9})\)$/;
const parsed = /^([^\s:][^:]{0,1023}\.[RrQqSs]\w{0,3}):(\d{1,9}):(\d{1,9}): (.*)$/;
const warning = /^(?:In addition: )?(?:Warning messages?:|Warning: (.*)|Warning in (.{1,1500}?) : ?(.*))$/;
const listed = /^(?:\d{1,3}: )?In (.{1,1500}?) : ?(.*)$/;
const numbered = /^\d{1,3}: (.*)$/;
/** What stands below a message and is none of it. */
const after = /^(?:Calls: |Execution halted$|In addition: |Warning message|Error( in |:)|Backtrace:|\d{1,3}: In )/;

/** Takes the place out of what was said, where there is one. */
function withPlace(text: string): { text: string; places: RawPlace[] } {
  const [, file, row, column, message] = parsed.exec(text) ?? [];
  if (file !== undefined && message !== undefined)
    return { text: message, places: [{ file, line: position(row), column: position(column) }] };
  const [, before, source, line] = from.exec(text) ?? [];
  if (source === undefined || before === undefined) return { text, places: [] };
  return { text: before, places: [{ file: source, line: position(line), loose: true }] };
}

/** The lines of a message that begins on this line, or on the next one where `first` is empty. */
function messageFrom(lines: readonly string[], at: number, first: string): string[] {
  const below = lines.slice(at + 1, at + messageLines);
  const end = below.findIndex((line) => line === "" || after.test(line));
  const more = (end === -1 ? below : below.slice(0, end)).map((line) => line.trim());
  return first === "" ? more : [first, ...more];
}

function errorAt(lines: readonly string[], at: number): Finding | undefined {
  const [, inCall, first] = error.exec(lines[at] ?? "") ?? [];
  if (first === undefined) return undefined;
  const call = withPlace(inCall ?? "");
  const [head = "", ...more] = messageFrom(lines, at, first);
  const said = withPlace(head);
  const ofParser = said.places.length > 0 || said.text.startsWith("unexpected ");
  const where = call.text === "" || ofParser ? [] : [`in ${call.text}`];
  return {
    at,
    kind: ofParser ? "error" : "traceback",
    message: [said.text, ...more, ...where].join("\n"),
    places: [...said.places, ...call.places],
  };
}

/** A list of warnings: with a call each, numbered where there are several, or without. */
function* warningsBelow(lines: readonly string[], at: number): Generator<Finding, number> {
  let next = at + 1;
  for (; next < lines.length; next++) {
    const line = lines[next] ?? "";
    const [, call, message = ""] = listed.exec(line) ?? [];
    const plain = numbered.exec(line)?.[1] ?? (next === at + 1 ? line : undefined);
    if (call === undefined && (plain === undefined || plain === "")) break;
    const said = call === undefined ? plain : message === "" ? (lines[next + 1] ?? "").trim() : message;
    yield { at: next, kind: "warning", message: call === undefined ? `${said}` : `${said}\nin ${call}`, places: [] };
    if (call !== undefined && message === "") next += 1;
  }
  return next - 1;
}

export function* parseR(lines: readonly string[]): Iterable<Finding> {
  for (let at = 0; at < lines.length; at++) {
    const found = errorAt(lines, at);
    if (found !== undefined) {
      yield found;
      continue;
    }
    const [whole, direct, call, same] = warning.exec(lines[at] ?? "") ?? [];
    if (whole === undefined) continue;
    if (direct !== undefined) yield { at, kind: "warning", message: direct, places: [] };
    else if (call === undefined) at = Math.max(at, yield* warningsBelow(lines, at));
    else
      yield {
        at,
        kind: "warning",
        message: [...messageFrom(lines, at, same ?? ""), `in ${call}`].join("\n"),
        places: [],
      };
  }
}
