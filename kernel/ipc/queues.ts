import {
  Fault,
  kernelPrefix,
  messageLimitBytes,
  type Millis,
  type Pid,
  type QueueLimits,
  type QueueView,
} from "../abi/index.ts";
import type { Held, Letter, Message, QueueChanges } from "./queue.ts";
import { type ChannelIdentity, QueueChannel, type ReceiveOrder } from "./queue-channel.ts";
import { costOf, costOfLetters, QueueRoom } from "./queue-room.ts";
import type { QueueRow } from "./queue-rows.ts";
import { QueueStore } from "./queue-store.ts";
import type { Waits } from "./queue-waits.ts";
import type { Scope } from "./topic-scope.ts";

/**
 * Every queue there is, by its scope and name.
 *
 * Whoever was told that messages are sent finds them again after a crash of the kernel; whoever was given one keeps it
 * until it is acknowledged or its time is over. Who may do what is settled before: callers hand in `may`.
 */

/** What happens to queues and is worth telling. */
export interface QueueNews {
  scope: Scope;
  channel: string;
  change: "created" | "removed" | "full" | "dead";
  reason: string;
}

export interface QueuesOptions {
  /** Where they are kept. */
  dir: string;
  now: () => Millis;
  log: (message: string, details?: Record<string, unknown>) => void;
  tell: (news: QueueNews) => void;
  waits: Waits;
}

/** What a receiver gets: `unsent` takes back what could not be given to it. */
export interface Received {
  deliveries: Held[];
  late: number[];
  unsent: () => void;
}

const scopeQueueLimit = 256;
const queueLimit = 4096;
const waiterLimit = 1000;
/** Ids begin higher with each start: what an earlier kernel gave out is never given out again. */
const idsPerSecond = 100_000;
const idsBegin = 1_735_689_600;

export class Queues implements AsyncDisposable {
  readonly #options: QueuesOptions;
  readonly #store: QueueStore;
  readonly #room = new QueueRoom();
  readonly #scopes = new Map<Scope, Map<string, QueueChannel>>();
  /** From which queues a process has received, and how to ask whether it still may. */
  readonly #receivers = new Map<Pid, Map<QueueChannel, () => void>>();
  #size = 0;
  #lastId: number;

  constructor(options: QueuesOptions) {
    this.#options = options;
    const { dir, log, now } = options;
    this.#store = new QueueStore({ dir, log, lost: (ids) => this.#withdraw(ids) });
    this.#lastId = Math.max(this.#store.lastId, Math.floor(now() / 1000 - idsBegin) * idsPerSecond);
    for (const { row, content } of this.#store.stored) {
      const { id, scope, name, created_by: createdBy, created_at: createdAt, limits } = row;
      const identity = { id, scope: scope as Scope, name, createdBy, createdAt };
      try {
        this.#room.take(identity.scope, costOf(content.messages) + costOfLetters(content.letters));
        this.#add(new QueueChannel(identity, { limits, changes: this.#changesOf(identity), now, content }));
      } catch (error) {
        log("a queue was left out", { name, error: String(error) });
      }
    }
  }

  /** Removes those of scopes that are no more. */
  retain(exists: (scope: Scope) => boolean): void {
    for (const scope of this.#scopes.keys()) if (!exists(scope)) this.removeScope(scope);
  }

  /** Faults: `conflict` for a name in use, `invalid` for a schema that is not understood, `exhausted`. */
  async create(scope: Scope, name: string, { limits, by }: { limits: QueueLimits; by: Pid }): Promise<QueueChannel> {
    if (name.startsWith(kernelPrefix)) throw new Fault("invalid", `names with ${kernelPrefix} are the kernel's own`);
    const own = this.#scopes.get(scope);
    if (own?.has(name) === true) throw new Fault("conflict", `there is a queue ${name} already`);
    if (this.#size >= queueLimit || (own?.size ?? 0) >= scopeQueueLimit) {
      throw new Fault("exhausted", `there are no more than ${scopeQueueLimit} queues in a project`, {
        hint: "Remove one that is not needed.",
      });
    }
    this.#store.requireWriting();
    const { now } = this.#options;
    const identity = { id: ++this.#lastId, scope, name, createdBy: by, createdAt: now() };
    const channel = new QueueChannel(identity, { limits, changes: this.#changesOf(identity), now });
    this.#add(channel);
    this.#store.putQueue(rowOf(channel));
    this.#tell(identity, "created", `by process ${by}`);
    await this.#store.committed();
    return channel;
  }

  /** Faults: `not_found`. */
  get(scope: Scope, name: string): QueueChannel {
    const channel = this.#scopes.get(scope)?.get(name);
    if (channel !== undefined) return channel;
    throw new Fault("not_found", `there is no queue ${name}`, { hint: "Make it first: sos queue create NAME." });
  }

  list(scope: Scope): QueueChannel[] {
    return [...(this.#scopes.get(scope)?.values() ?? [])];
  }

  async remove(channel: QueueChannel, why: string): Promise<void> {
    this.#remove(channel, why);
    await this.#store.committed();
  }

  removeScope(scope: Scope): void {
    for (const channel of this.list(scope)) this.#remove(channel, "with what it belonged to");
  }

  /** Faults: `exhausted`, `invalid` for what its schema does not take, `unavailable` when it cannot be kept. */
  async send(channel: QueueChannel, values: readonly unknown[], from: Pid): Promise<void> {
    const { scope, name } = channel.identity;
    this.#store.requireWriting();
    const sentAt = this.#options.now();
    const messages = values.map((value): Message => {
      const text = JSON.stringify(value);
      return { id: ++this.#lastId, text, bytes: Buffer.byteLength(text), from, sentAt, deliveries: 0 };
    });
    requireSound(channel, values, messages);
    this.#room.require(scope, costOf(messages));
    try {
      channel.queue.offer(messages);
      channel.full = false;
    } catch (error) {
      if (error instanceof Fault && error.code === "exhausted" && !channel.full) {
        channel.full = true;
        this.#tell(channel.identity, "full", error.message);
      }
      throw error;
    }
    channel.serve();
    await this.#store.committed();
    // It may have gone, with what was in it, before anybody was told of the message.
    this.get(scope, name);
  }

  async receive(channel: QueueChannel, order: ReceiveOrder): Promise<Received> {
    const { receiver, acknowledge, max, waitMs, may, signal } = order;
    const late = channel.queue.acknowledge(receiver, acknowledge);
    let deliveries: Held[] = [];
    if (max > 0 && !signal.aborted) {
      this.#note(receiver, channel, may);
      deliveries = channel.take(order);
      if (deliveries.length === 0 && waitMs > 0) deliveries = await this.#wait(channel, order);
    }
    // Those that could not be kept were not sent, so nobody receives them.
    await this.#store.committed().catch(() => undefined);
    const held = deliveries.filter(({ delivery }) => channel.queue.holds(delivery));
    return { deliveries: held, late, unsent: () => channel.takeBack(held.map(({ delivery }) => delivery)) };
  }

  /** The rights of these processes are not what they were. */
  recheck(receivers: Iterable<Pid>): void {
    for (const receiver of receivers)
      for (const [channel, may] of this.#receivers.get(receiver) ?? []) channel.recheck(receiver, may);
  }

  /** A process or session has ended: what it did not acknowledge goes to others. */
  left(receiver: Pid): void {
    for (const channel of this.#receivers.get(receiver)?.keys() ?? [])
      channel.leave(receiver, `process ${receiver} ended`);
    this.#receivers.delete(receiver);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const fault = new Fault("unavailable", "SuperOS is stopping");
    for (const channels of this.#scopes.values()) for (const channel of channels.values()) channel.close(fault);
    await this.#store[Symbol.asyncDispose]();
  }

  async #wait(channel: QueueChannel, order: ReceiveOrder): Promise<Held[]> {
    if (channel.waiting >= waiterLimit) throw new Fault("exhausted", `${waiterLimit} calls wait for the queue already`);
    const end = this.#options.waits.begin(order.receiver);
    try {
      return await channel.wait(order);
    } finally {
      end();
    }
  }

  #note(receiver: Pid, channel: QueueChannel, may: () => void): void {
    const known = this.#receivers.get(receiver);
    if (known === undefined) this.#receivers.set(receiver, new Map([[channel, may]]));
    else known.set(channel, may);
  }

  #add(channel: QueueChannel): void {
    const { scope, name } = channel.identity;
    const own = this.#scopes.get(scope) ?? new Map<string, QueueChannel>();
    this.#scopes.set(scope, own.set(name, channel));
    this.#size += 1;
  }

  #remove(channel: QueueChannel, why: string): void {
    const { id, scope, name } = channel.identity;
    const own = this.#scopes.get(scope);
    if (own?.get(name) !== channel) return;
    own.delete(name);
    if (own.size === 0) this.#scopes.delete(scope);
    this.#size -= 1;
    this.#room.take(scope, -costOf(channel.queue.messages) - costOfLetters(channel.queue.letters));
    for (const channels of this.#receivers.values()) channels.delete(channel);
    channel.close(new Fault("not_found", `the queue ${name} was removed`));
    this.#store.removeQueue(id);
    this.#tell(channel.identity, "removed", why);
  }

  /** What changes in a queue is kept, counts as memory, and is told where it is news. */
  #changesOf(identity: ChannelIdentity): QueueChanges {
    const { id, scope, name } = identity;
    const touched = (): void => {
      const channel = this.#scopes.get(scope)?.get(name);
      if (channel?.identity.id === id) this.#store.putCounts(id, channel.queue.counts);
    };
    const kept = this.#store.changesOf(id, touched);
    return {
      ...kept,
      added: (messages) => {
        this.#room.take(scope, costOf(messages));
        kept.added(messages);
      },
      removed: (messages) => {
        this.#room.take(scope, -costOf(messages));
        kept.removed(messages);
      },
      died: (letter: Letter) => {
        kept.died(letter);
        this.#tell(identity, "dead", letter.reason);
      },
      forgotten: (letters) => {
        this.#room.take(scope, -costOfLetters(letters));
        kept.forgotten(letters);
      },
    };
  }

  #withdraw(ids: ReadonlySet<number>): void {
    for (const channels of this.#scopes.values()) {
      for (const { identity, queue } of channels.values()) {
        const before = costOf(queue.messages);
        queue.withdraw(ids);
        this.#room.take(identity.scope, costOf(queue.messages) - before);
      }
    }
  }

  #tell({ scope, name }: ChannelIdentity, change: QueueNews["change"], reason: string): void {
    this.#options.tell({ scope, channel: name, change, reason });
  }
}

/** What a check by a schema may cost: more, the more there is to check. */
const stepsFor = (bytes: number): number => 50_000 + 4 * bytes;

/** Faults: `invalid` for a message that is too large, or that the queue's schema does not take. */
function requireSound({ schema }: QueueChannel, values: readonly unknown[], messages: readonly Message[]): void {
  const large = messages.findIndex(({ bytes }) => bytes > messageLimitBytes);
  if (large !== -1) throw new Fault("invalid", `message ${large} is longer than ${messageLimitBytes} bytes`);
  if (schema === undefined) return;
  const steps = { left: stepsFor(messages.reduce((sum, { bytes }) => sum + bytes, 0)) };
  for (const [index, value] of values.entries()) {
    const complaint = schema.complaint(value, steps);
    if (complaint !== undefined) throw new Fault("invalid", `message ${index}: ${complaint}`);
  }
}

function rowOf({ identity, queue }: QueueChannel): QueueRow {
  const { id, scope, name, createdBy, createdAt } = identity;
  return { id, scope, name, limits: queue.limits, created_by: createdBy, created_at: createdAt, ...queue.counts };
}

/** A queue as callers see it, but for who may send and receive. */
export function queueFigures({
  identity,
  queue,
  waiting,
}: QueueChannel): Omit<QueueView, "project" | "senders" | "receivers"> {
  const { name, createdBy, createdAt } = identity;
  const { depth, delivered, bytes } = queue;
  return { ...queue.limits, name, createdBy, createdAt, depth, delivered, bytes, ...queue.counts, waiting };
}
