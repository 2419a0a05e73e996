import { z } from "zod";
import { pidSchema, signalNames } from "../abi/index.ts";

/**
 * What a kernel must know of a live process, beside its entry, to go on with it after a crash.
 *
 * It is written before its effect: a process that was ended for a reason has that outcome whoever records it.
 */
export const lifeSchema = z.strictObject({
  stdin: z.boolean(),
  /** The last signal that was sent on somebody's behalf. */
  sent: z.strictObject({ by: pidSchema, signal: z.enum(signalNames) }).nullable(),
  /** Why the kernel ends it by itself. */
  endedFor: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("timeout"), limitMs: z.number().int().positive() }),
      z.strictObject({ kind: z.literal("quota"), quota: z.string() }),
      z.strictObject({ kind: z.literal("revoked"), capability: z.string() }),
    ])
    .nullable(),
  /** What the directories that it may write held before it ran. */
  baselineBytes: z.number().nonnegative().nullable(),
});
export type Life = z.infer<typeof lifeSchema>;

export const newLife = (stdin: boolean): Life => ({ stdin, sent: null, endedFor: null, baselineBytes: null });
