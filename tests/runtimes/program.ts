import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { checkout } from "../setup/instance.ts";
import { expectedSchema } from "./expected.ts";

/** The programs of `tests/programs`, each with what it must do when it is run by its name. */

const programSchema = expectedSchema.extend({
  /** What it leaves in the project. */
  files: z.record(z.string(), z.string()).default({}),
});
export type ExpectedOfProgram = z.output<typeof programSchema>;

export interface Program {
  file: string;
  expected: ExpectedOfProgram;
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
      return { file, expected: programSchema.parse(JSON.parse(text)) };
    });
}
