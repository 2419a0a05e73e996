import { z } from "zod";
import { capabilitySchema } from "./capability.ts";
import { runtimeNameSchema } from "./ids.ts";

/** An OCI runtime that is registered with the engine: `runc`, `runsc`. */
export const engineRuntimeSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "not the name of an engine runtime");

const argument = z.string().min(1).max(1024);
const argvSchema = z.array(argument).min(1).max(64);

const placeholders = ["{file}", "{dir}", "{out}"];

/**
 * An argv in which `{file}`, `{dir}` and `{out}` stand for absolute paths in the container: what is run, the directory that
 * holds it, and where the build's outputs are. Such an argument holds nothing that a shell would read.
 */
const templateSchema = z
  .array(
    argument
      .refine(
        (text) => [...text.matchAll(/\{[a-z]+\}/g)].every(([found]) => placeholders.includes(found)),
        `the placeholders are ${placeholders.join(" ")}`,
      )
      .refine(
        (text) => !placeholders.some((one) => text.includes(one)) || /^[A-Za-z0-9_./=:,@+{}-]*$/.test(text),
        "a placeholder may not stand in text that a shell reads: pass it as an argument of its own",
      ),
  )
  .min(1)
  .max(64);

/** File names by which a build is known to be out of date: a name, or `*` and an ending. */
export const sourceSchema = z
  .string()
  .max(64)
  .regex(/^(\*\.?|[A-Za-z0-9_.])[A-Za-z0-9_.-]*$/, "a name, or * and an ending");

/** Whether a file of that name is such a one. */
export const isSource = (pattern: string, name: string): boolean =>
  pattern.startsWith("*") ? name.endsWith(pattern.slice(1)) : name === pattern;

/** How the outputs of what is run are made, and what that needs beside reading the project and writing its outputs. */
const buildSchema = z.strictObject({ argv: templateSchema, table: z.array(capabilitySchema).max(16).default([]) });

const recipe = {
  build: buildSchema.optional(),
  /** Beside the file itself. Of the project's files, these are what a build depends on. */
  sources: z.array(sourceSchema).max(64).default([]),
  /** The program's arguments are put after it. */
  run: templateSchema,
};

const endingSchema = z.string().regex(/^\.[a-z0-9]{1,15}$/, "an ending is a dot and lower-case letters or digits");

/** Families of messages that compilers and interpreters write, each with a parser of its own. */
export const errorFamilies = [
  "arduino",
  "bash",
  "clang",
  "dotnet",
  "duckdb",
  "gcc",
  "java",
  "javac",
  "kotlin",
  "node",
  "postgres",
  "powershell",
  "python",
  "r",
  "rust",
  "sqlite",
  "swift",
  "typescript",
  "unreal",
] as const;

/** `images/NAME/runtime.json`: what a runtime is called, what it runs and how, and its default quotas. */
export const runtimeManifestSchema = z.strictObject({
  name: runtimeNameSchema,
  title: z.string().min(1).max(64),
  /** Its output's first line is the version. */
  version: argvSchema,
  /** How a file is run, by its ending. The first runtime by name that has an ending gets it. */
  files: z
    .array(z.strictObject({ endings: z.array(endingSchema).min(1).max(16), ...recipe }))
    .max(16)
    .default([]),
  /** How a project is run that has a build file, which `{file}` then is; the first that is there. */
  projects: z
    .array(z.strictObject({ marker: sourceSchema, ...recipe }))
    .max(16)
    .default([]),
  /** How its errors are read. */
  errors: z.array(z.enum(errorFamilies)).max(8).default([]),
  /** Quotas of a process whose request names none of that kind. */
  quotas: z.array(capabilitySchema).max(6),
  /** An image from elsewhere that the Dockerfile gets as `FROM`: its reference, or the setting that names it. */
  from: z
    .union([
      z.strictObject({ image: z.string().min(1).max(255), missing: z.string().min(1).max(500) }),
      z.strictObject({ setting: z.string().regex(/^SUPEROS_[A-Z_]{1,40}$/), missing: z.string().min(1).max(500) }),
    ])
    .optional(),
  /** The engine runtime that its containers need, such as `runsc`; without it the engine's default. */
  engineRuntime: engineRuntimeSchema.optional(),
});
export type RuntimeManifest = z.infer<typeof runtimeManifestSchema>;

/** Whether a runtime can be used at once. `failed` and `unavailable` say why in `problem`; another try may help. */
export const imageStates = ["missing", "building", "ready", "failed", "unavailable"] as const;

const recipeView = {
  build: z.strictObject({ argv: z.array(z.string()), table: z.array(z.string()) }).nullable(),
  sources: z.array(z.string()),
  run: z.array(z.string()),
};

export const runtimeViewSchema = z.strictObject({
  name: runtimeNameSchema,
  title: z.string(),
  files: z.array(z.strictObject({ endings: z.array(z.string()), ...recipeView })),
  projects: z.array(z.strictObject({ marker: z.string(), ...recipeView })),
  errors: z.array(z.enum(errorFamilies)),
  quotas: z.array(z.string()),
  state: z.enum(imageStates),
  /** What the build of its image does now. */
  progress: z.string().nullable(),
  /** Why there is no image. */
  problem: z.string().nullable(),
  /** The first line of what its version command says. */
  version: z.string().nullable(),
  image: z.string().nullable(),
  imageBytes: z.number().int().nonnegative().nullable(),
});
export type RuntimeView = z.infer<typeof runtimeViewSchema>;
