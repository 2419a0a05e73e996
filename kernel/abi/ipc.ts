import { z } from "zod";
import { millisSchema, pidSchema, projectIdSchema } from "./ids.ts";
import { outcomeSchema } from "./process.ts";

/**
 * What processes talk through: queues, topics and shared segments, as every door sees them.
 *
 * A channel belongs to a project, or, without one, to a user. `IPC_SEND:channel` and `IPC_RECV:channel` name queues and
 * topics alike; `SHM_MAP:segment:ro|rw` names segments.
 */

/** The name of a queue, a topic or a segment. */
export const channelNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, "a channel's name is 1 to 63 of a-z, 0-9, dot, dash and underscore");

/** The topics on which the kernel itself tells of what a subscriber may see; nobody else publishes there. */
export const kernelTopics = ["kernel.process", "kernel.project", "kernel.channel"] as const;
export type KernelTopic = (typeof kernelTopics)[number];

/** Names that begin so are the kernel's own. */
export const kernelPrefix = "kernel.";

/**
 * One message: any JSON; its text is what counts against the limits of a queue. It has been parsed from JSON when it gets
 * here, so it is not looked through once more.
 */
export const messageBodySchema = z.unknown().refine((value) => value !== undefined, "is missing");
export const messageLimitBytes = 256 << 10;

/** What a queue holds to. `schema` is a JSON Schema that every message must satisfy. */
export const queueLimitsSchema = z.strictObject({
  maxMessages: z.number().int().min(1).max(100_000).default(10_000),
  maxBytes: z
    .number()
    .int()
    .min(1024)
    .max(64 << 20)
    .default(16 << 20),
  /** How long a receiver may keep a message before it goes to another. */
  acknowledgeMs: z.number().int().min(100).max(3_600_000).default(30_000),
  /** How often a message is delivered before it is dead. */
  maxDeliveries: z.number().int().min(1).max(100).default(5),
  schema: z.record(z.string(), z.unknown()).nullable().default(null),
});
export type QueueLimits = z.infer<typeof queueLimitsSchema>;

export const queueViewSchema = queueLimitsSchema.extend({
  name: channelNameSchema,
  project: projectIdSchema.nullable(),
  createdBy: pidSchema,
  createdAt: millisSchema,
  /** Messages that wait, and those that were delivered and not acknowledged yet; `bytes` is what both hold. */
  depth: z.number().int().nonnegative(),
  delivered: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  /** Messages that were given up, since the queue was made. */
  dead: z.number().int().nonnegative(),
  sent: z.number().int().nonnegative(),
  received: z.number().int().nonnegative(),
  /** Calls that wait for a message now. */
  waiting: z.number().int().nonnegative(),
  /** The live processes whose table lets them send, and receive, as far as the caller sees them. */
  senders: z.array(pidSchema),
  receivers: z.array(pidSchema),
});
export type QueueView = z.infer<typeof queueViewSchema>;

/** A delivery: `delivery` is what its receiver acknowledges. */
export const deliverySchema = z.strictObject({
  delivery: z.number().int().positive(),
  message: messageBodySchema,
  from: pidSchema,
  sentAt: millisSchema,
  /** How often it was delivered, this time included. */
  deliveries: z.number().int().positive(),
});
export type Delivery = z.infer<typeof deliverySchema>;

/** A message that was given up, and why. The last ones of a queue are kept for people to look at. */
export const deadLetterSchema = z.strictObject({
  message: messageBodySchema,
  from: pidSchema,
  sentAt: millisSchema,
  deliveries: z.number().int().positive(),
  /** When it was given up. */
  at: millisSchema,
  reason: z.string(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** What happened on a topic, pushed to subscribers as a line of JSON. `missed` tells of events that a slow one lost. */
export const topicEventSchema = z.strictObject({
  topic: channelNameSchema,
  at: millisSchema,
  from: pidSchema,
  data: messageBodySchema,
  missed: z.number().int().nonnegative(),
});
export type TopicEvent = z.infer<typeof topicEventSchema>;

/** What the kernel tells on each of its own topics. */
export const kernelTopicData = {
  /** A process got into another phase, or was reaped. */
  "kernel.process": z.strictObject({
    pid: pidSchema,
    parent: pidSchema.nullable(),
    name: z.string(),
    phase: z.string(),
    outcome: outcomeSchema.nullable(),
  }),
  "kernel.project": z.strictObject({ project: projectIdSchema, change: z.enum(["changed", "removed"]) }),
  /** `full` once when a queue begins to refuse messages; `dead` for each message that was given up. */
  "kernel.channel": z.strictObject({
    channel: channelNameSchema,
    change: z.enum(["created", "removed", "full", "dead"]),
    reason: z.string(),
  }),
} as const satisfies Record<KernelTopic, z.ZodType>;

/** A segment of shared memory. Its size counts against the MEM of its owner for as long as it is there. */
export const segmentViewSchema = z.strictObject({
  name: channelNameSchema,
  project: projectIdSchema.nullable(),
  owner: pidSchema,
  bytes: z.number().int().positive(),
  createdAt: millisSchema,
  /** The live processes that have it mapped. */
  readers: z.array(pidSchema),
  writers: z.array(pidSchema),
});
export type SegmentView = z.infer<typeof segmentViewSchema>;
