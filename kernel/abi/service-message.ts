import { z } from "zod";
import { pidSchema } from "./ids.ts";
import { slotIdSchema } from "./slot.ts";

/**
 * What the kernel says to the services it started, over their own channel: messages, most with a descriptor.
 *
 * A descriptor is a connected socket that the kernel has checked and hands on unread; bytes of it never pass through
 * the kernel. Each says which slots and processes it depends on, and `cut` ends all that depend on one of them.
 */

/** One entry of an allow-list: a NET_CONNECT capability and the slot that holds it. */
export const allowEntrySchema = z.strictObject({ slot: slotIdSchema, capability: z.string() });
export type AllowEntry = z.infer<typeof allowEntrySchema>;

const connectionNumber = z.number().int().positive();

export const serviceMessageSchema = z.discriminatedUnion("type", [
  /** To the gateway, with a socket to a process's port: the connection that `preview_connect` answered with. */
  z.strictObject({
    type: z.literal("preview"),
    connection: connectionNumber,
    /** The process whose port it is. */
    pid: pidSchema,
    slots: z.array(slotIdSchema),
    /** The session in whose name it was opened. */
    session: pidSchema,
  }),
  /** To egress, with a socket on which a process speaks HTTP to its proxy. */
  z.strictObject({ type: z.literal("proxy"), pid: pidSchema, allow: z.array(allowEntrySchema) }),
  /** To egress, with one of two sockets to join; both come with the same `pair`. */
  z.strictObject({
    type: z.literal("endpoint"),
    pair: connectionNumber,
    end: z.enum(["from", "to"]),
    pids: z.array(pidSchema),
    slots: z.array(slotIdSchema),
  }),
  /** To egress: the whole allow-list of a process, for its open connections too. */
  z.strictObject({ type: z.literal("allow"), pid: pidSchema, allow: z.array(allowEntrySchema) }),
  /** End what depends on one of these slots, processes or sessions. */
  z.strictObject({ type: z.literal("cut"), slots: z.array(slotIdSchema), pids: z.array(pidSchema) }),
]);
export type ServiceMessage = z.infer<typeof serviceMessageSchema>;

/** What a service says to the kernel over the same channel. */
export const serviceReadySchema = z.strictObject({ type: z.literal("ready") });
