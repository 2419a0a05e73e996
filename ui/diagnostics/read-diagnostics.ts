import {
  diagnosticLimit,
  traceLimit,
  type Diagnostic,
  type Diagnostics,
  type ErrorFamily,
  type Place,
} from "./diagnostic.ts";
import { families, isFamily } from "./families.ts";
import type { Finding } from "./finding.ts";
import { isInProject, looseName, placeOf, type Surroundings } from "./project-place.ts";
import { textLines } from "./text-lines.ts";

/**
 * From what a process wrote to what is wrong, by the families of its runtime. Pure, and linear in the text: what a
 * program writes is hostile, so each line, message and list has its most.
 */

const messageLimit = 2000;
const codeLimit = 100;
/** Characters of all messages and paths together. */
const totalLimit = 256 << 10;

export interface Written {
  text: string;
  /** Names of families; those that are not known are left out. */
  families: readonly string[];
  around: Surroundings;
  /** The text is a program's standard output, where only formats are looked for that no sentence looks like. */
  stdout?: boolean;
  /** Takes the names of files that are told without their folder and are not on the command line. */
  loose?: Set<string>;
}

interface Found extends Finding {
  family: ErrorFamily;
}

const bounded = (text: string, limit: number): string => (text.length > limit ? `${text.slice(0, limit)}…` : text);

function* first(findings: Iterable<Finding>, count: number): Iterable<Finding> {
  let left = count;
  for (const finding of findings) {
    if (left === 0) return;
    left -= 1;
    yield finding;
  }
}

/** What each family finds, in the order of the text. Pauses after each of them. */
function* findAll(lines: readonly string[], names: readonly ErrorFamily[]): Generator<undefined, Found[]> {
  const taken = new Set<number>();
  const all: Found[] = [];
  for (const family of names) {
    const found = [...first(families[family].parse(lines), diagnosticLimit + 1)].filter(({ at }) => !taken.has(at));
    for (const finding of found) {
      taken.add(finding.at);
      all.push({ ...finding, family });
    }
    yield;
  }
  const sorted = all.toSorted((one, other) => one.at - other.at);
  return sorted.some(({ summary }) => summary !== true) ? sorted.filter(({ summary }) => summary !== true) : sorted;
}

/** A call that calls itself is shown once. */
const isSame = (one: Place, other: Place | undefined): boolean => one.file === other?.file && one.line === other.line;

/** A traceback is shown at the innermost call that is in the project, or else at the innermost. */
function toDiagnostic(found: Found, around: Surroundings): Diagnostic {
  const { family, kind, message, code, places } = found;
  const trace = places
    .slice(0, 4 * traceLimit)
    .filter(({ library }) => library !== true)
    .flatMap((raw) => placeOf(raw, around) ?? [])
    .filter((each, at, all) => at === 0 || !isSame(each, all[at - 1]));
  const place = trace.find(({ file }) => isInProject(file)) ?? trace[0] ?? lonePlace(found, around);
  return {
    family,
    kind,
    message: bounded(message.trim(), messageLimit),
    code: code === undefined ? null : bounded(code, codeLimit),
    ...(place ?? { file: null, line: found.line ?? null, column: found.column ?? null }),
    trace: trace.length > 1 ? trace.slice(0, traceLimit) : [],
  };
}

/** A line without a file is one of the only file that the command line names. */
function lonePlace({ line, column }: Found, { files }: Surroundings) {
  const [file] = files;
  return line === undefined || file === undefined || files.length > 1
    ? undefined
    : { file, line, column: column ?? null };
}

const identity = ({ kind, file, line, column, message, trace }: Diagnostic): string =>
  JSON.stringify([kind, file, line, column, message, trace.map((place) => [place.file, place.line])]);

const sizeOf = ({ message, file, trace }: Diagnostic): number =>
  message.length + (file?.length ?? 0) + trace.reduce((sum, place) => sum + place.file.length, 0);

/** The same in steps, each of which takes some ten milliseconds for a MiB of usual output: between them others may have their turn. */
export function* diagnosticSteps({
  text,
  families: names,
  around,
  stdout = false,
  loose,
}: Written): Generator<undefined, Diagnostics> {
  const known = names.filter(isFamily).filter((family) => !stdout || families[family].onStdout);
  if (known.length === 0 || text === "") return { diagnostics: [], truncated: false };
  const { lines, cut } = textLines(text);
  yield;
  const seen = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  let characters = 0;
  for (const found of yield* findAll(lines, known)) {
    const diagnostic = toDiagnostic(found, around);
    for (const name of found.places.slice(0, traceLimit).flatMap((place) => looseName(place) ?? []))
      if (!around.files.some((file) => file === name || file.endsWith(`/${name}`))) loose?.add(name);
    const mark = identity(diagnostic);
    if (diagnostic.message === "" || seen.has(mark)) continue;
    seen.add(mark);
    characters += sizeOf(diagnostic);
    if (diagnostics.length === diagnosticLimit || characters > totalLimit) return { diagnostics, truncated: true };
    diagnostics.push(diagnostic);
  }
  return { diagnostics, truncated: cut };
}

export function readDiagnostics(written: Written): Diagnostics {
  const steps = diagnosticSteps(written);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
