import { z } from "zod";

/** Branded identifiers: each is parsed once at the door and never mixed up with another. */

/** A process id: a positive integer, given out in order and never reused by one instance. */
export const pidSchema = z.number().int().positive().max(Number.MAX_SAFE_INTEGER).brand<"Pid">();
export type Pid = z.infer<typeof pidSchema>;

/** A project id: ten characters of a-z and 2-7, chosen by the kernel. */
export const projectIdSchema = z
  .string()
  .regex(/^[a-z2-7]{10}$/, "a project id is ten characters of a-z and 2-7")
  .brand<"ProjectId">();
export type ProjectId = z.infer<typeof projectIdSchema>;

/** A project's name as people type it; unique within an instance. */
export const projectNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    "a name is 1 to 63 letters, digits, dots, dashes or underscores, and starts with a letter or digit",
  );

/** A session's unguessable handle: 32 random bytes in base64url. */
export const handleSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, "a handle is 43 characters of base64url")
  .brand<"Handle">();
export type Handle = z.infer<typeof handleSchema>;

/** The name of a runtime: its folder under `images/`. */
export const runtimeNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, "a runtime is 1 to 32 of a-z, 0-9 and dash, and starts with a letter")
  .brand<"RuntimeName">();
export type RuntimeName = z.infer<typeof runtimeNameSchema>;

/** Milliseconds since the epoch. */
export const millisSchema = z.number().int().nonnegative().brand<"Millis">();
export type Millis = z.infer<typeof millisSchema>;
