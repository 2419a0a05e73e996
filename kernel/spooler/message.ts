import { z } from "zod";
import { pidSchema } from "../abi/index.ts";

/**
 * What the kernel and its spooler say to each other: one JSON text a line, each parsed strictly where it enters.
 *
 * Orders have an id and are answered; each may be given again after a spooler died, and then changes nothing that holds
 * already. A change here needs another `protocol`: a spooler may outlive the kernel's version.
 */

export const protocol = 2;
/** The socket in the spooler's directory. */
export const socketName = "spooler.sock";
/** An order is short; a line beyond this is from nobody who knows the protocol. */
export const orderLimitBytes = 64 << 10;
/** The state of all spools, with each of their segments. */
export const wordLimitBytes = 256 << 20;

const count = z.number().int().nonnegative();

export const streamSchema = z.enum(["stdout", "stderr"]);
export type OutputStream = z.infer<typeof streamSchema>;
/** `stdin` is only held open, so that the program's input does not end with the kernel. */
export const heldStreamSchema = z.enum(["stdin", "stdout", "stderr"]);
export type HeldStream = z.infer<typeof heldStreamSchema>;

const offsetsSchema = z.strictObject({ stdout: count, stderr: count });
const absolutePathSchema = z.string().regex(/^\/[^\0]*$/);

export const orderSchema = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("hello"), protocol: z.number().int(), instance: z.string() }),
  /**
   * Opens the FIFOs of a process's directory and takes what comes, of which nothing is dropped until `begin`; `resume`
   * goes on with what a killed spooler wrote.
   */
  z.strictObject({
    do: z.literal("attach"),
    pid: pidSchema,
    dir: absolutePathSchema,
    streams: z.array(heldStreamSchema).max(3),
    resume: z.boolean(),
  }),
  /** Says how much of the output is kept. */
  z.strictObject({ do: z.literal("begin"), pid: pidSchema, limitBytes: count, lossless: z.boolean() }),
  /** Lets the program's input end. */
  z.strictObject({ do: z.literal("end_input"), pid: pidSchema }),
  /** Reads what is left, once nobody writes any more, and seals. */
  z.strictObject({ do: z.literal("drain"), pid: pidSchema }),
  /** Lets go of a process; with `remove`, of its output on disk too. */
  z.strictObject({ do: z.literal("forget"), pid: pidSchema, remove: z.boolean() }),
  /** A lossless reader stands in a segment, or is gone. */
  z.strictObject({ do: z.literal("hold"), pid: pidSchema, reader: count, segment: count.nullable() }),
  /** Drains everything, and ends. */
  z.strictObject({ do: z.literal("end") }),
]);
export type Order = z.infer<typeof orderSchema>;

export const requestSchema = z.strictObject({ id: count, order: orderSchema });

export const segmentSchema = z.strictObject({ index: count, start: offsetsSchema, size: count });

/** A spool as it is now: `first` is the oldest segment that is there; `tail` those that changed since it was told last. */
export const spoolStateSchema = z.strictObject({
  pid: pidSchema,
  written: offsetsSchema,
  sealed: z.boolean(),
  first: count,
  tail: z.array(segmentSchema),
});
export type SpoolState = z.infer<typeof spoolStateSchema>;

/** A process that the spooler holds; `spool` where any of its output is kept. */
export const heldSchema = z.strictObject({
  pid: pidSchema,
  dir: absolutePathSchema,
  streams: z.array(heldStreamSchema),
  spool: spoolStateSchema.nullable(),
  limitBytes: count,
  lossless: z.boolean(),
});
export type Held = z.infer<typeof heldSchema>;

const helloSchema = z.strictObject({
  protocol: z.number().int(),
  instance: z.string(),
  /** The spooler's process. */
  pid: z.number().int(),
  held: z.array(heldSchema),
});
export type Hello = z.infer<typeof helloSchema>;

/**
 * What an order that was carried out has to tell; which member is set follows from the order. How a spool is was said
 * before, as `grown`, so that there is one order in which it is told.
 */
const resultSchema = z.strictObject({
  hello: helloSchema.optional(),
  /** Whether a drained pipe came to its end. */
  ended: z.boolean().optional(),
});
export type Result = z.infer<typeof resultSchema>;

export const wordSchema = z.discriminatedUnion("say", [
  z.strictObject({ say: z.literal("done"), id: count, result: resultSchema }),
  z.strictObject({ say: z.literal("refused"), id: count, message: z.string() }),
  z.strictObject({ say: z.literal("grown"), spools: z.array(spoolStateSchema) }),
  z.strictObject({ say: z.literal("failed"), pid: pidSchema, message: z.string() }),
  /** Another kernel was greeted since; there is nothing more for this one. */
  z.strictObject({ say: z.literal("replaced") }),
]);
export type Word = z.infer<typeof wordSchema>;
