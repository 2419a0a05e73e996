import type { Diagnostic, Place } from "../../diagnostics/diagnostic.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";

/**
 * A complaint as text: `FILE:LINE:COLUMN: KIND: MESSAGE`, the form that editors and CI systems read, and below it what else
 * is known, indented. Pure.
 */

const placeText = ({ file, line, column }: Place): string =>
  [printable(file), ...[line, column].flatMap((each) => (each === null ? [] : [String(each)]))].join(":");

function whereText({ file, line, column }: Diagnostic): string {
  if (file !== null) return `${placeText({ file, line, column })}: `;
  return line === null ? "" : `line ${line}${column === null ? "" : `:${column}`}: `;
}

/** The first line of a trace is the place itself where that is the innermost call. */
function traceLines({ trace, ...place }: Diagnostic): string[] {
  const above = trace.filter(
    (call) => call.file !== place.file || call.line !== place.line || call.column !== place.column,
  );
  return above.map((call) => `    at ${placeText(call)}`);
}

export function formatDiagnostic(diagnostic: Diagnostic, colours: Paint): string {
  const { kind, code, message } = diagnostic;
  const [first = "", ...more] = message.split("\n").map(printable);
  const severe = kind === "error" || kind === "traceback";
  const named = code === null ? "" : ` [${printable(code)}]`;
  const head = `${whereText(diagnostic)}${severe ? colours.bad(kind) : kind}: ${first}${named}`;
  return [head, ...more.map((line) => `    ${line}`), ...traceLines(diagnostic)].map((line) => `${line}\n`).join("");
}
