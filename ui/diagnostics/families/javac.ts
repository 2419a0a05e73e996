import { caretColumn, position, type Finding } from "../finding.ts";

/**
 * javac. Below the message are the source line as it is in the file and a caret, by which the column is known, and then
 * what the name was and where it was looked for.
 */

const located = /^([^\s:][^:]{0,1023}\.\w{1,10}):(\d{1,9}): (?:(error|warning): )?(.*)$/;
const placeless = /^(error|warning): (.*)$/;
const noteOn = /^Note: ([^\s:][^:]{0,1023}\.java) (uses .*)$/;
const lint = /^\[(\w[\w-]{0,40})\] /;
const detail = /^ {2}(?:symbol|location|required|found|reason|where .{1,100} is a type-variable): /;

/** The lines that belong to a message: up to the next one, and no more than a few. */
function block(lines: readonly string[], at: number): readonly string[] {
  const more = lines.slice(at + 1, at + 12);
  const end = more.findIndex(
    (line) => located.test(line) || placeless.test(line) || /^\d+ (?:error|warning)s?$/.test(line),
  );
  return end === -1 ? more : more.slice(0, end);
}

export function* parseJavac(lines: readonly string[]): Iterable<Finding> {
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const [, file, row, level, message] = located.exec(line) ?? [];
    if (file !== undefined && level !== undefined && message !== undefined) {
      const more = block(lines, at);
      const caret = more.find((one) => caretColumn(one) !== undefined);
      const details = more.filter((one) => detail.test(one)).map((one) => one.trim());
      yield {
        at,
        kind: level === "error" ? "error" : "warning",
        message: [message.replace(lint, ""), ...details].join("\n"),
        code: lint.exec(message)?.[1],
        places: [{ file, line: position(row), column: caretColumn(caret) }],
      };
      continue;
    }
    const [, noted, note] = noteOn.exec(line) ?? [];
    if (noted !== undefined && note !== undefined) yield { at, kind: "note", message: note, places: [{ file: noted }] };
    const [, general, said] = placeless.exec(line) ?? [];
    if (said === undefined) continue;
    const kind = general === "warning" ? "warning" : "error";
    yield { at, kind, message: said, places: [], summary: said === "compilation failed" };
  }
}
