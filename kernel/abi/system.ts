import { z } from "zod";
import { millisSchema, pidSchema } from "./ids.ts";

/** The system about itself: its status and controls, its audit log, its tokens and credentials. */

export const controlSchema = z.strictObject({ name: z.string(), available: z.boolean(), detail: z.string() });
export type Control = z.infer<typeof controlSchema>;

export const statusSchema = z.strictObject({
  instance: z.string(),
  version: z.string(),
  generation: z.number().int().positive(),
  startedAt: millisSchema,
  engine: z.strictObject({ state: z.enum(["up", "down"]), version: z.string(), apiVersion: z.string() }),
  services: z.array(
    z.strictObject({
      name: z.enum(["policy", "gateway", "egress"]),
      pid: pidSchema,
      state: z.enum(["up", "starting", "down"]),
      restarts: z.number().int().nonnegative(),
    }),
  ),
  processes: z.strictObject({ running: z.number().int().nonnegative(), total: z.number().int().nonnegative() }),
  /** Embryos: how many are there, and how many spawns found one since the kernel started. */
  pool: z.strictObject({
    ready: z.number().int().nonnegative(),
    shapes: z.number().int().nonnegative(),
    hits: z.number().int().nonnegative(),
    misses: z.number().int().nonnegative(),
  }),
  machine: z.strictObject({ cores: z.number(), memoryBytes: z.number() }),
  /** Every isolation control that was looked for at boot, and whether this host gives it. */
  controls: z.array(controlSchema),
});
export type Status = z.infer<typeof statusSchema>;

export const auditRowSchema = z.strictObject({
  seq: z.number().int().positive(),
  at: millisSchema,
  /** The caller's pid and name. */
  who: z.strictObject({ pid: pidSchema.nullable(), name: z.string() }),
  what: z.string(),
  on: z.string(),
  verdict: z.enum(["allowed", "refused"]),
  /** The fault's code where it was refused, with the missing capability. */
  code: z.string().nullable(),
  missing: z.string().nullable(),
});
export type AuditRow = z.infer<typeof auditRowSchema>;

export const auditVerdictSchema = z.strictObject({
  ok: z.boolean(),
  rows: z.number().int().nonnegative(),
  /** The hash of the last row, for keeping elsewhere: it shows also that rows were cut off at the end. */
  head: z.string(),
  firstBad: z.number().int().positive().nullable(),
});
export type AuditVerdict = z.infer<typeof auditVerdictSchema>;

export const tokenViewSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  createdAt: millisSchema,
  lastUsedAt: millisSchema.nullable(),
});
export type TokenView = z.infer<typeof tokenViewSchema>;

export const tokenNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$/,
    "a token's name is 1 to 63 letters, digits, spaces, dots, dashes or underscores",
  );
export const tokenIdSchema = z.string().regex(/^[a-z2-7]{10}$/, "a token id is ten characters of a-z and 2-7");

/** What a person or a program signs in with: the one-time code of a link, or an API token. */
export const credentialSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("code"), secret: z.string().min(1).max(256) }),
  z.strictObject({ type: z.literal("token"), secret: z.string().min(1).max(256) }),
]);
export type Credential = z.infer<typeof credentialSchema>;
