import { z } from "zod";
import { projectIdSchema } from "./ids.ts";
import {
  channelNameSchema,
  deadLetterSchema,
  deliverySchema,
  messageBodySchema,
  queueLimitsSchema,
  queueViewSchema,
  segmentViewSchema,
} from "./ipc.ts";
import { call, none, streamOut } from "./syscall-shape.ts";

/** The syscalls about what processes talk through: queues, topics and segments. */

/** What belongs to a project, or, with `null`, to the caller outside of any. A process leaves it out. */
const channelOf = { project: projectIdSchema.nullable().optional() };
const channelRef = z.strictObject({ ...channelOf, name: channelNameSchema });

export const ipcSyscalls = {
  /**
   * Makes a queue. Needs `IPC_SEND` and `IPC_RECV` of it. Faults: `conflict` for a name in use, `invalid` for a JSON Schema
   * that is not understood as a whole, `exhausted`.
   */
  queue_create: call("principal", channelRef.extend({ limits: queueLimitsSchema.prefault({}) }), queueViewSchema),
  /** Ends a queue with what is in it. Needs `IPC_RECV` of it, and to be a session or the process that made it. */
  queue_remove: call("principal", channelRef, none),
  /** The queues of which the caller holds one end; for a session that leaves `project` out, of all that it sees. */
  queue_list: call("principal", z.strictObject(channelOf), z.strictObject({ queues: z.array(queueViewSchema) })),
  /** Sends all of these in order, or none. Faults: `exhausted` when the queue is full, `invalid` by its schema. */
  queue_send: call(
    "principal",
    channelRef.extend({ messages: z.array(messageBodySchema).min(1).max(1000) }),
    z.strictObject({ sent: z.number().int().nonnegative() }),
  ),
  /**
   * Acknowledges the deliveries of `acknowledge`, then takes up to `max` messages, waiting up to `waitMs` for the first.
   * What its receiver does not acknowledge in time, or at its end, goes to another. `late` are those of `acknowledge`
   * that were not the caller's (any more): they may be done twice.
   */
  queue_receive: call(
    "principal",
    channelRef.extend({
      max: z.number().int().min(0).max(1000).default(1),
      waitMs: z.number().int().min(0).max(600_000).default(0),
      acknowledge: z.array(z.number().int().positive()).max(1000).default([]),
    }),
    z.strictObject({ deliveries: z.array(deliverySchema), late: z.array(z.number().int().positive()) }),
  ),
  /** The last messages that were given up, newest first. Needs `IPC_RECV` of the queue. */
  queue_dead: call("principal", channelRef, z.strictObject({ letters: z.array(deadLetterSchema) })),
  /** Tells whoever listens to a topic. Needs `IPC_SEND` of it. `heard` is how many did. */
  event_publish: call(
    "principal",
    z.strictObject({ ...channelOf, topic: channelNameSchema, data: messageBodySchema }),
    z.strictObject({ heard: z.number().int().nonnegative() }),
  ),
  /** The reply is one JSON event a line, for as long as the caller holds `IPC_RECV` of the topics. */
  event_subscribe: streamOut(
    "principal",
    z.strictObject({ ...channelOf, topics: z.array(channelNameSchema).min(1).max(64) }),
  ),
  /**
   * Makes a segment of shared memory, charged to the caller's MEM, or for a session to that of the project's root.
   * Processes that are spawned with `SHM_MAP` of it find it as `/run/superos/shm/NAME`. It goes with its owner.
   */
  segment_create: call("principal", channelRef.extend({ bytes: z.number().int().min(4096) }), segmentViewSchema),
  segment_remove: call("principal", channelRef, none),
  segment_list: call("principal", z.strictObject(channelOf), z.strictObject({ segments: z.array(segmentViewSchema) })),
} as const;
