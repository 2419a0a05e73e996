import type { Diagnostic, Place } from "./diagnostic.ts";

/** For tests: a complaint as `KIND FILE:LINE:COLUMN [CODE] MESSAGE`, and indented the rest of the message and the calls. */

const placeText = ({ file, line, column }: { [Part in keyof Place]: Place[Part] | null }): string =>
  [file ?? "-", line, column].filter((part) => part !== null).join(":");

export function brief(diagnostic: Diagnostic): string {
  const { kind, code, message, trace } = diagnostic;
  const [first = "", ...more] = message.split("\n");
  const head = [kind, placeText(diagnostic), ...(code === null ? [] : [`[${code}]`]), first].join(" ");
  return [head, ...more.map((line) => `  ${line}`), ...trace.map((place) => `  at ${placeText(place)}`)].join("\n");
}
