import { createHash } from "node:crypto";
import { constants } from "node:os";
import { z } from "zod";
import type { Finished } from "../setup/instance.ts";

/** What a program must do when it is run by its name, as the JSON files beside programs say it. */

export const expectedSchema = z.strictObject({
  args: z.array(z.string()).default([]),
  stdin: z.string().default(""),
  stdout: z.string().optional(),
  /** In the place of `stdout` where that differs from run to run: a regular expression. */
  stdoutMatches: z.string().optional(),
  /** In the place of `stdout` where that is long. */
  stdoutSha256: z.string().optional(),
  stdoutBytes: z.number().optional(),
  /** A regular expression. */
  stderr: z.string().optional(),
  code: z.number().optional(),
  /** The signal that ends it. */
  signal: z.string().optional(),
  /** It is not run, for the compiler refuses it. */
  compileError: z.boolean().default(false),
});
export type Expected = z.output<typeof expectedSchema>;

const signalOf = (name: string): number => new Map<string, number>(Object.entries(constants.signals)).get(name) ?? 0;

function exitCodeOf({ code, signal, compileError }: Expected): number {
  if (compileError) return 126;
  return signal === undefined ? (code ?? 0) : 128 + signalOf(signal);
}

/** The expression where the text is as it says, and else the text. */
export const matched = (text: string, expression: string | undefined): string | undefined =>
  expression === undefined || new RegExp(expression).test(text) ? expression : text.slice(0, 4000);

/** What was seen of what is expected. */
export function seenOf({ stdout, stderr, code }: Finished, expected: Expected): object {
  return {
    code,
    stdout: expected.stdout === undefined ? undefined : stdout.toString("utf8"),
    stdoutMatches: matched(stdout.toString("utf8"), expected.stdoutMatches),
    stdoutBytes: expected.stdoutBytes === undefined ? undefined : stdout.length,
    stdoutSha256: expected.stdoutSha256 === undefined ? undefined : createHash("sha256").update(stdout).digest("hex"),
    stderr: matched(stderr, expected.stderr),
  };
}

/** What `seenOf` is where all is as expected. */
export const wantedOf = (expected: Expected): object => ({
  code: exitCodeOf(expected),
  stdout: expected.stdout,
  stdoutMatches: expected.stdoutMatches,
  stdoutBytes: expected.stdoutBytes,
  stdoutSha256: expected.stdoutSha256,
  stderr: expected.stderr,
});
