import { z } from "zod";
import { errorFamilies } from "../../kernel/abi/index.ts";

/**
 * What a compiler or an interpreter complained about, as data: for the HTTP interface, the command and the dashboard.
 *
 * A file that is in the project is named by its path within it; any other begins with `/`, or is `null` where the message
 * names none. Lines and columns count from 1.
 */

export type ErrorFamily = (typeof errorFamilies)[number];

/** `traceback` is what ended, or would have ended, a program that ran; the others are of a compiler or a parser. */
export const diagnosticKinds = ["error", "warning", "note", "traceback"] as const;
export type DiagnosticKind = (typeof diagnosticKinds)[number];

/** The most that are told of one process, and of the calls that led to one of them. */
export const diagnosticLimit = 200;
export const traceLimit = 32;

const position = z.number().int().positive().nullable();
const placeSchema = z.strictObject({ file: z.string(), line: position, column: position });
export type Place = z.infer<typeof placeSchema>;

export const diagnosticSchema = z.strictObject({
  family: z.enum(errorFamilies),
  kind: z.enum(diagnosticKinds),
  /** Plain text; lines are separated by newlines. */
  message: z.string(),
  /** The tool's own name for it: `E0425`, `CS0103`, `-Wunused-variable`, `ZeroDivisionError`. */
  code: z.string().nullable(),
  file: z.string().nullable(),
  line: position,
  column: position,
  /** The calls that led there, innermost first; of a template, where it was asked for. Empty where there is only the place. */
  trace: z.array(placeSchema).max(traceLimit),
});
export type Diagnostic = z.infer<typeof diagnosticSchema>;

export const diagnosticsSchema = z.strictObject({
  diagnostics: z.array(diagnosticSchema).max(diagnosticLimit),
  /** Whether there is more: output before what was read, or complaints beyond the most that are told. */
  truncated: z.boolean(),
});
export type Diagnostics = z.infer<typeof diagnosticsSchema>;
