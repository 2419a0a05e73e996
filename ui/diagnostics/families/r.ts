import { position, type Finding } from "../finding.ts";

/**
 * R. A call may stand between `Error in` and the colon; the message may begin on the next line. Where in a file it is, only
 * its parser says, and `options(show.error.locations = TRUE)`.
 */

const error = /^Error(?: in (.{1,1000}?) )?: ?(.*)$/;
const callAlone = /^Error in (.{1,1000}) :$/;
const from = /^(.{0,1000}) \(from ([^#()]{1,1000})#(\d{1,9})\)$/;
const parsed = /^([^\s:][^:]{0,1023}\.[RrQqSs]\w{0,3}):(\d{1,9}):(\d{1,9}): (.*)$/;
const warnings = /^(?:Warning message:|Warning messages:|Warning: (.*)|Warning in (.{1,1000}) :\s?(.*))$/;
const listed = /^(?:\d{1,3}: )?In (.{1,1000}?) :\s?(.*)$/;

interface Said {
  text: string;
  place?: { file: string; line: number | undefined; column?: number | undefined };
}

/** Takes the place out of what was said, where there is one. */
function withPlace(text: string): Said {
  const [, file, row, column, message] = parsed.exec(text) ?? [];
  if (file !== undefined && message !== undefined)
    return { text: message, place: { file, line: position(row), column: position(column) } };
  const [, before, source, line] = from.exec(text) ?? [];
  return source === undefined || before === undefined
    ? { text }
    : { text: before, place: { file: source, line: position(line) } };
}

function errorAt(lines: readonly string[], at: number): Finding | undefined {
  const line = lines[at] ?? "";
  const below = (lines[at + 1] ?? "").trim();
  const call = callAlone.exec(line)?.[1];
  const [, inCall, same = ""] = error.exec(line) ?? [];
  if (call === undefined && !line.startsWith("Error: ") && inCall === undefined && line !== "Error:") return undefined;
  const called = call === undefined ? withPlace(inCall ?? "") : withPlace(call);
  const text = call !== undefined || same === "" ? below : same;
  const said = withPlace(text);
  const place = said.place ?? called.place;
  const message = called.text === "" || said.place !== undefined ? said.text : `${said.text}\nin ${called.text}`;
  const kind = said.place?.column === undefined && !said.text.startsWith("unexpected ") ? "traceback" : "error";
  return { at, kind, message, places: place === undefined ? [] : [place] };
}

export function* parseR(lines: readonly string[]): Iterable<Finding> {
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const found = errorAt(lines, at);
    if (found !== undefined) {
      yield found;
      continue;
    }
    const [whole, direct, call, same] = warnings.exec(line) ?? [];
    if (whole === undefined) continue;
    if (direct !== undefined) yield { at, kind: "warning", message: direct, places: [] };
    else if (call !== undefined)
      yield {
        at,
        kind: "warning",
        message: `${same === "" ? (lines[at + 1] ?? "").trim() : same}\nin ${call}`,
        places: [],
      };
    else {
      let next = at + 1;
      for (; next < lines.length; next++) {
        const [, inCall, message = ""] = listed.exec(lines[next] ?? "") ?? [];
        if (inCall === undefined) break;
        const said = message === "" ? (lines[next + 1] ?? "").trim() : message;
        yield { at: next, kind: "warning", message: `${said}\nin ${inCall}`, places: [] };
        if (message === "") next += 1;
      }
      at = next - 1;
    }
  }
}
