import { z } from "zod";
import { capabilitySchema } from "./capability.ts";
import { runtimeNameSchema } from "./ids.ts";

/** An OCI runtime that is registered with the engine: `runc`, `runsc`. */
export const engineRuntimeSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "not the name of an engine runtime");

/** `images/NAME/runtime.json`: what a runtime is called, which files it runs and how, and its default quotas. */
export const runtimeManifestSchema = z.strictObject({
  name: runtimeNameSchema,
  title: z.string().min(1).max(64),
  /** File endings with their dot, for choosing a runtime by file. */
  endings: z.array(z.string().regex(/^\.[a-z0-9]{1,15}$/)).max(32),
  /** How a file is run: argv in which `{file}` stands for its path below /project. */
  run: z.array(z.string().min(1).max(256)).min(1).max(32),
  /** Quotas of a process whose request names none of that kind. */
  quotas: z.array(capabilitySchema).max(6),
  /** The engine runtime that its containers need, such as `runsc`; without it the engine's default. */
  engineRuntime: engineRuntimeSchema.optional(),
});
export type RuntimeManifest = z.infer<typeof runtimeManifestSchema>;

export const runtimeViewSchema = z.strictObject({
  name: runtimeNameSchema,
  title: z.string(),
  endings: z.array(z.string()),
  run: z.array(z.string()),
  quotas: z.array(z.string()),
  image: z.string(),
  imageBytes: z.number().int().nonnegative().nullable(),
});
export type RuntimeView = z.infer<typeof runtimeViewSchema>;
