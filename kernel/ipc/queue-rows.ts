import { z } from "zod";
import { channelNameSchema, millisSchema, pidSchema, queueLimitsSchema } from "../abi/index.ts";

/**
 * Queues as they lie in their database, and the changes of them that are written together.
 *
 * Rows are parsed like any other input when they are read back. A batch is a value: the kernel gathers it, the store's
 * thread writes it, all of it or nothing.
 */

export const databaseSchema = `
  CREATE TABLE IF NOT EXISTS queues (
    id INTEGER PRIMARY KEY, scope TEXT NOT NULL, name TEXT NOT NULL, limits TEXT NOT NULL, created_by INTEGER NOT NULL,
    created_at INTEGER NOT NULL, sent INTEGER NOT NULL, received INTEGER NOT NULL, dead INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, queue INTEGER NOT NULL, text TEXT NOT NULL, sender INTEGER NOT NULL, sent_at INTEGER NOT NULL,
    deliveries INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS letters (
    id INTEGER PRIMARY KEY, queue INTEGER NOT NULL, text TEXT NOT NULL, sender INTEGER NOT NULL, sent_at INTEGER NOT NULL,
    deliveries INTEGER NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;
`;

const count = z.number().int().nonnegative();

/** JSON text in a column. */
const limitsText = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: "custom", message: "not JSON" });
      return z.NEVER;
    }
  })
  .pipe(queueLimitsSchema);

export const queueRowSchema = z.strictObject({
  id: count,
  scope: z.string(),
  name: channelNameSchema,
  limits: limitsText,
  created_by: pidSchema,
  created_at: millisSchema,
  sent: count,
  received: count,
  dead: count,
});
export type QueueRow = z.output<typeof queueRowSchema>;

export const messageRowSchema = z.strictObject({
  id: count,
  queue: count,
  text: z.string(),
  sender: pidSchema,
  sent_at: millisSchema,
  deliveries: count,
});
export type MessageRow = z.output<typeof messageRowSchema>;

export const letterRowSchema = messageRowSchema.extend({ at: millisSchema, reason: z.string() });
export type LetterRow = z.output<typeof letterRowSchema>;

/** Of a queue that was written before: its number, then how many messages were sent, received and given up. */
type Counts = readonly [queue: number, sent: number, received: number, dead: number];

/** What is written together, in this order. A queue that goes takes along all that is in it. */
export interface QueueWrites {
  queues?: QueueRow[];
  counts?: Counts[];
  messages?: MessageRow[];
  /** How often messages that were written before are delivered by now. */
  deliveries?: (readonly [message: number, deliveries: number])[];
  removed?: number[];
  letters?: LetterRow[];
  removedLetters?: number[];
  removedQueues?: number[];
}

/** Gathers what is to be written, so that nothing is changed twice. */
export class QueueBatch {
  readonly queues = new Map<number, QueueRow>();
  readonly counts = new Map<number, Counts>();
  readonly messages = new Map<number, MessageRow>();
  readonly deliveries = new Map<number, number>();
  readonly removed = new Set<number>();
  readonly letters = new Map<number, LetterRow>();
  readonly removedLetters = new Set<number>();
  readonly removedQueues = new Set<number>();

  get empty(): boolean {
    const { queues, counts, messages, deliveries, removed, letters, removedLetters, removedQueues } = this;
    const all = [queues, counts, messages, deliveries, removed, letters, removedLetters, removedQueues];
    return all.every(({ size }) => size === 0);
  }

  /** As a plain value, with what there is. */
  get writes(): QueueWrites {
    const writes: QueueWrites = {};
    if (this.queues.size > 0) writes.queues = [...this.queues.values()];
    if (this.counts.size > 0) writes.counts = [...this.counts.values()];
    if (this.messages.size > 0) writes.messages = [...this.messages.values()];
    if (this.deliveries.size > 0) writes.deliveries = [...this.deliveries];
    if (this.removed.size > 0) writes.removed = [...this.removed];
    if (this.letters.size > 0) writes.letters = [...this.letters.values()];
    if (this.removedLetters.size > 0) writes.removedLetters = [...this.removedLetters];
    if (this.removedQueues.size > 0) writes.removedQueues = [...this.removedQueues];
    return writes;
  }

  count(id: number, deliveries: number): void {
    const message = this.messages.get(id);
    if (message === undefined) this.deliveries.set(id, deliveries);
    else this.messages.set(id, { ...message, deliveries });
  }

  remove(id: number): void {
    if (this.messages.delete(id)) return;
    this.deliveries.delete(id);
    this.removed.add(id);
  }

  removeLetter(id: number): void {
    if (!this.letters.delete(id)) this.removedLetters.add(id);
  }

  /** What is still to be done of a batch that could not be written, before this one. Its messages are given up. */
  precede(failed: QueueBatch): void {
    for (const [id, row] of failed.queues) this.queues.set(id, row);
    for (const [id, counts] of failed.counts) if (!this.counts.has(id)) this.counts.set(id, counts);
    for (const [id, deliveries] of failed.deliveries)
      if (!this.removed.has(id) && !this.deliveries.has(id)) this.deliveries.set(id, deliveries);
    for (const id of failed.removed) this.removed.add(id);
    for (const [id, row] of failed.letters) if (!this.removedLetters.has(id)) this.letters.set(id, row);
    for (const id of failed.removedLetters) this.removedLetters.add(id);
    for (const id of failed.removedQueues) this.removedQueues.add(id);
  }
}

/** To the store's thread: a batch to write, or to close the database and end. */
export type StoreRequest = { batch: number; writes: QueueWrites } | { close: true };
export type StoreReply = { batch: number; error: string | null };
