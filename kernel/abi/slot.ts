import { z } from "zod";
import { pidSchema } from "./ids.ts";

/** Slots: the entries of a process's capability table, as every door sees them. */

/** A slot's number: given out in order, never reused while the kernel lives. */
export const slotIdSchema = z.number().int().positive().max(Number.MAX_SAFE_INTEGER).brand<"SlotId">();
export type SlotId = z.infer<typeof slotIdSchema>;

/** One slot. `from` is where it was derived from; `null` for what a project's root holds by itself. */
export const slotViewSchema = z.strictObject({
  slot: slotIdSchema,
  holder: pidSchema,
  capability: z.string(),
  from: z.strictObject({ slot: slotIdSchema, holder: pidSchema }).nullable(),
  /** Whether the holder may hand it on. */
  delegable: z.boolean(),
  /** Of CPU, MEM, PIDS and DISK: what is left of it to use or to hand on, as a capability; else `null`. */
  left: z.string().nullable(),
  /** How many slots derive from it, at any depth. */
  derived: z.number().int().nonnegative(),
});
export type SlotView = z.infer<typeof slotViewSchema>;
