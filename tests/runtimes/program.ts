import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { checkout } from "../setup/instance.ts";

/** The programs of `tests/programs`, each with what it must do when it is run by its name. */

const expectedSchema = z.strictObject({
  args: z.array(z.string()).default([]),
  stdin: z.string().default(""),
  stdout: z.string().optional(),
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
  /** What it leaves in the project. */
  files: z.record(z.string(), z.string()).default({}),
});
export type Expected = z.output<typeof expectedSchema>;

export interface Program {
  file: string;
  expected: Expected;
}

export const programsDir = (language: string): string => join(checkout, "tests", "programs", language);

export const languages = readdirSync(join(checkout, "tests", "programs")).toSorted();

export function programsOf(language: string): Program[] {
  const names = readdirSync(programsDir(language));
  return names
    .filter((name) => name.endsWith(".json"))
    .toSorted()
    .map((name) => {
      const stem = name.slice(0, -".json".length);
      const file = names.find((other) => other !== name && other.startsWith(`${stem}.`));
      if (file === undefined) throw new Error(`${language}/${name} has no program`);
      const text = readFileSync(join(programsDir(language), name), "utf8");
      return { file, expected: expectedSchema.parse(JSON.parse(text)) };
    });
}
