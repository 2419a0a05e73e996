import { z } from "zod";
import { processClassSchema } from "../../../kernel/abi/index.ts";

/**
 * What a simulated machine is given to do: programs as lists of steps, and when each is spawned.
 *
 * A recording of a real machine and a generated workload have this one form, so that both are run and checked alike.
 */

const ms = z.number().nonnegative();

/**
 * `compute` takes CPU time; `sleep` takes time and the kernel does not see it; `receive` blocks in a call that the
 * kernel knows of; `spawn` starts a child in the parent's memory, by its number among the programs; `wait` blocks until
 * the children have ended.
 */
export const stepSchema = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("compute"), ms }),
  z.strictObject({ do: z.literal("sleep"), ms }),
  z.strictObject({ do: z.literal("receive"), ms }),
  z.strictObject({ do: z.literal("yield") }),
  z.strictObject({ do: z.literal("spawn"), program: z.number().int().nonnegative() }),
  z.strictObject({ do: z.literal("wait") }),
]);
export type Step = z.infer<typeof stepSchema>;

export const programSchema = z.strictObject({
  /** Programs with the same label are equals: they are to get the same. It is their shape, too. */
  label: z.string(),
  class: processClassSchema,
  memoryBytes: z.number().nonnegative(),
  /** How many cores it may use, and can use: it computes in as many threads. */
  cores: z.number().positive(),
  steps: z.array(stepSchema),
});
export type Program = z.infer<typeof programSchema>;

export const workloadSchema = z.strictObject({
  name: z.string(),
  cores: z.number().int().positive(),
  memoryBytes: z.number().positive(),
  programs: z.array(programSchema),
  arrivals: z.array(z.strictObject({ atMs: ms, program: z.number().int().nonnegative() })),
});
export type Workload = z.infer<typeof workloadSchema>;
