import type { DiagnosticKind } from "./diagnostic.ts";

/**
 * What a family's parser finds, before paths are told apart. A parser is given lines that are clean and bounded
 * (text-lines.ts); it reads each a bounded number of times and yields in the order of the text, so that whoever takes the
 * first findings pays for no more.
 */

export interface RawPlace {
  /** As it was written: absolute, relative to the working directory, or a `file:` address. */
  file: string;
  line?: number | undefined;
  column?: number | undefined;
  /** Only the end of the path is known, as in a Java frame. */
  loose?: boolean;
  /** Of the language itself: it is never where the person looks. */
  library?: boolean;
}

export interface Finding {
  /** The line of the text that it begins at. */
  at: number;
  kind: DiagnosticKind;
  message: string;
  code?: string | undefined;
  /** Where, innermost first; more than one for a traceback alone. */
  places: readonly RawPlace[];
  /** A line without a file, as messages about standard input and SQL have it. */
  line?: number | undefined;
  column?: number | undefined;
  /** Says only that something before it failed; it is left out when anything else was found. */
  summary?: boolean;
}

export type Parser = (lines: readonly string[]) => Iterable<Finding>;

/** A group of digits as a position. */
export const position = (digits: string | undefined): number | undefined =>
  digits === undefined || digits === "" || Number(digits) === 0 ? undefined : Number(digits);

/** The column that a line of a caret points at, where the line above it is written as it is in the file. */
export function caretColumn(line: string | undefined): number | undefined {
  return line !== undefined && /^\s*\^[\s~^]*$/.test(line) ? line.indexOf("^") + 1 : undefined;
}

/** How many lines a message that goes on over several is followed. */
export const messageLines = 12;
