import { z } from "zod";
import { millisSchema, pidSchema, projectIdSchema, projectNameSchema } from "./ids.ts";
import { engineRuntimeSchema } from "./runtime.ts";

/** Projects and their files as every door sees them. */

export const projectViewSchema = z.strictObject({
  id: projectIdSchema,
  name: projectNameSchema,
  root: pidSchema,
  createdAt: millisSchema,
  files: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  /** The engine runtime that every container of the project needs; `null` for none in particular. */
  engineRuntime: engineRuntimeSchema.nullable(),
});
export type ProjectView = z.infer<typeof projectViewSchema>;

/**
 * A path inside a project: relative, `/`-separated, no empty, `.` or `..` component, no NUL. The empty string is the project itself.
 */
export const projectPathSchema = z
  .string()
  .max(4096)
  .transform((text, context): string[] => {
    const parts = text === "" ? [] : text.split("/");
    const sound = parts.every((part) => part !== "" && part !== "." && part !== ".." && !part.includes("\0"));
    if (sound) return parts;
    context.addIssue({ code: "custom", message: "a project path is relative and has no empty, '.' or '..' part" });
    return z.NEVER;
  });

export const fileEntrySchema = z.strictObject({
  name: z.string(),
  kind: z.enum(["file", "directory", "link", "other"]),
  bytes: z.number().int().nonnegative(),
  modifiedAt: millisSchema,
});
export type FileEntry = z.infer<typeof fileEntrySchema>;

/** Identifies one state of a file's content; a write that names another version is a `conflict`. */
export const fileVersionSchema = z.string().regex(/^[0-9a-z-]{1,64}$/);
