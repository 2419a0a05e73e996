import { type Fault, type Millis, type Pid, type QueueLimits, toFault } from "../abi/index.ts";
import { type Held, MessageQueue, type QueueChanges, type QueueContent } from "./queue.ts";
import { QueueSchema } from "./queue-schema.ts";
import type { Scope } from "./topic-scope.ts";

/**
 * A queue with those who wait for its messages: they are served in the order in which they came.
 *
 * Nobody waits while there is a message, and every message that is given out has a deadline by which it comes back.
 */

/** What a receiver asks for. */
export interface ReceiveOrder {
  receiver: Pid;
  max: number;
  waitMs: number;
  acknowledge: readonly number[];
  /** Throws once the receiver may not receive. */
  may: () => void;
  signal: AbortSignal;
}

interface Waiter extends Pick<ReceiveOrder, "receiver" | "max" | "may"> {
  give: (held: Held[]) => void;
  refuse: (fault: Fault) => void;
}

export interface ChannelIdentity {
  readonly id: number;
  readonly scope: Scope;
  readonly name: string;
  readonly createdBy: Pid;
  readonly createdAt: Millis;
}

export class QueueChannel {
  readonly identity: ChannelIdentity;
  readonly queue: MessageQueue;
  readonly schema: QueueSchema | undefined;
  /** Whether it has refused messages for being full since it last took one. */
  full = false;
  readonly #now: () => Millis;
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;

  /** Faults: `invalid` for a schema that is not understood. */
  constructor(
    identity: ChannelIdentity,
    made: { limits: QueueLimits; changes: QueueChanges; now: () => Millis; content?: QueueContent },
  ) {
    this.identity = identity;
    this.#now = made.now;
    this.schema = made.limits.schema === null ? undefined : new QueueSchema(made.limits.schema);
    this.queue = new MessageQueue(made.limits, made.changes, made.content);
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Gives messages to those who wait. */
  serve(): void {
    for (const waiter of this.#waiters) {
      if (this.queue.depth === 0) return;
      // Rights are checked when they are used, which is now.
      const refusal = refusalOf(waiter.may);
      if (refusal === undefined) waiter.give(this.take(waiter));
      else waiter.refuse(refusal);
    }
  }

  take({ receiver, max }: Pick<ReceiveOrder, "receiver" | "max">): Held[] {
    const held = this.queue.take(receiver, max, this.#now());
    this.#watchDeadline();
    return held;
  }

  /** Waits for messages. None come when the time is over, or the receiver goes away. Faults: those of `may`. */
  wait({ receiver, max, may, waitMs, signal }: ReceiveOrder): Promise<Held[]> {
    const { promise, resolve, reject } = Promise.withResolvers<Held[]>();
    const settle = (act: () => void): void => {
      this.#waiters.delete(waiter);
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
      act();
    };
    const leave = (): void => settle(() => resolve([]));
    const waiter: Waiter = {
      receiver,
      max,
      may,
      give: (held) => settle(() => resolve(held)),
      refuse: (fault) => settle(() => reject(fault)),
    };
    const timer = setTimeout(leave, waitMs);
    this.#waiters.add(waiter);
    signal.addEventListener("abort", leave);
    if (signal.aborted) leave();
    return promise;
  }

  /** Those who may not receive any more are refused, and what they have goes to others. */
  recheck(receiver: Pid, may: () => void): void {
    const refusal = refusalOf(may);
    if (refusal === undefined) return;
    for (const waiter of this.#waiters) if (waiter.receiver === receiver) waiter.refuse(refusal);
    this.leave(receiver, `process ${receiver} lost the right to receive`);
  }

  leave(receiver: Pid, why: string): void {
    this.queue.leave(receiver, this.#now(), why);
    this.serve();
  }

  takeBack(deliveries: readonly number[]): void {
    this.queue.takeBack(deliveries);
    this.serve();
  }

  /** It is no more. */
  close(fault: Fault): void {
    clearTimeout(this.#timer);
    for (const waiter of this.#waiters) waiter.refuse(fault);
  }

  #watchDeadline(): void {
    const { deadline } = this.queue;
    if (this.#timer !== undefined || deadline === undefined) return;
    const expire = (): void => {
      this.#timer = undefined;
      this.queue.expire(this.#now());
      this.serve();
      this.#watchDeadline();
    };
    this.#timer = setTimeout(expire, Math.max(1, deadline - this.#now()));
    this.#timer.unref();
  }
}

function refusalOf(may: () => void): Fault | undefined {
  try {
    may();
    return undefined;
  } catch (error) {
    return toFault(error);
  }
}
