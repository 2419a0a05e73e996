import { Fault, type Millis, type Pid, type QueueLimits } from "../abi/index.ts";
import { QueueLine } from "./queue-line.ts";

/**
 * One queue: messages in their order, at most so many and so much, each with one receiver at a time.
 *
 * A message is in one place: it waits, or it is with a receiver that must acknowledge it before a deadline, or it is over.
 * What comes back goes before everything that was sent later; what came back too often is dead. Pure: the clock is handed
 * in, and what must survive is told to `changes`.
 */

export interface Message {
  readonly id: number;
  /** JSON. */
  readonly text: string;
  readonly bytes: number;
  readonly from: Pid;
  readonly sentAt: Millis;
  /** How often it was delivered so far. */
  readonly deliveries: number;
}

export interface Held {
  readonly delivery: number;
  readonly message: Message;
  readonly receiver: Pid;
  readonly deadline: number;
}

export interface Letter {
  readonly message: Message;
  readonly at: Millis;
  readonly reason: string;
}

export interface QueueCounts {
  readonly sent: number;
  /** Messages that were acknowledged. */
  readonly received: number;
  readonly dead: number;
}

/** Told of everything that changes, as it changes. */
export interface QueueChanges {
  added(messages: readonly Message[]): void;
  /** How often they were delivered has changed. */
  counted(messages: readonly Message[]): void;
  /** They were acknowledged. */
  removed(messages: readonly Message[]): void;
  died(letter: Letter): void;
  /** The oldest dead letters are no longer kept. */
  forgotten(letters: readonly Letter[]): void;
}

/** What an earlier kernel left of a queue. */
export interface QueueContent {
  readonly messages: readonly Message[];
  readonly letters: readonly Letter[];
  readonly counts: QueueCounts;
}

const lettersKept = 100;
const letterBytesKept = 1 << 20;
/** How much one receive takes at most; a single message may be larger than this. */
const takeLimitBytes = 1 << 20;
/** More than a message can be delivered. */
const deliverySteps = 128;

/** The number of a delivery says which message it is and which time it is: none stands for two, also after a crash. */
const deliveryOf = ({ id, deliveries }: Message): number => id * deliverySteps + deliveries;

const bytesOf = (messages: readonly Message[]): number => messages.reduce((sum, { bytes }) => sum + bytes, 0);

export class MessageQueue {
  readonly limits: QueueLimits;
  readonly #changes: QueueChanges;
  readonly #waiting = new QueueLine<Message>();
  readonly #held = new Map<number, Held>();
  readonly #letters: Letter[] = [];
  #counts: QueueCounts = { sent: 0, received: 0, dead: 0 };
  #bytes = 0;
  #letterBytes = 0;

  constructor(limits: QueueLimits, changes: QueueChanges, content?: QueueContent) {
    this.limits = limits;
    this.#changes = changes;
    if (content === undefined) return;
    this.#counts = content.counts;
    for (const letter of content.letters) this.#keep(letter);
    // What was under way when the kernel ended is delivered again; that costs it no delivery.
    const most = limits.maxDeliveries - 1;
    this.#waiting.add(content.messages.map((each) => ({ ...each, deliveries: Math.min(each.deliveries, most) })));
    this.#bytes = bytesOf(content.messages);
  }

  /** Messages that wait. */
  get depth(): number {
    return this.#waiting.length;
  }

  /** Messages that are with receivers. */
  get delivered(): number {
    return this.#held.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get counts(): QueueCounts {
    return this.#counts;
  }

  /** The last ones, newest first. */
  get letters(): readonly Letter[] {
    return this.#letters.toReversed();
  }

  /** All that is in it, delivered or not. */
  get messages(): Message[] {
    const held = [...this.#held.values()].map(({ message }) => message);
    return [...this.#waiting.all(), ...held];
  }

  /** Takes them all, or none. Ids only ever rise. Faults: `exhausted`, `invalid` for more than it could ever take. */
  offer(messages: readonly Message[]): void {
    const bytes = bytesOf(messages);
    const { maxMessages, maxBytes } = this.limits;
    if (messages.length > maxMessages || bytes > maxBytes) {
      throw new Fault(
        "invalid",
        `the queue never holds more than ${maxMessages} messages of ${maxBytes} bytes together`,
      );
    }
    const count = this.depth + this.#held.size;
    if (count + messages.length > maxMessages || this.#bytes + bytes > maxBytes) {
      const holds = `${count} of at most ${maxMessages} messages, ${this.#bytes} of at most ${maxBytes} bytes`;
      throw new Fault("exhausted", `the queue is full: it holds ${holds}`, {
        hint: "Wait until somebody has received from it.",
      });
    }
    this.#waiting.add(messages);
    this.#bytes += bytes;
    this.#count({ sent: messages.length });
    this.#changes.added(messages);
  }

  /** Gives the oldest to a receiver, as many as it takes. */
  take(receiver: Pid, max: number, now: Millis): Held[] {
    const taken: Held[] = [];
    let bytes = 0;
    while (taken.length < max) {
      const next = this.#waiting.first;
      if (next === undefined || (taken.length > 0 && bytes + next.bytes > takeLimitBytes)) break;
      this.#waiting.shift();
      bytes += next.bytes;
      const message = { ...next, deliveries: next.deliveries + 1 };
      const delivery = deliveryOf(message);
      const held = { delivery, message, receiver, deadline: now + this.limits.acknowledgeMs };
      this.#held.set(delivery, held);
      taken.push(held);
    }
    if (taken.length > 0) this.#changes.counted(taken.map(({ message }) => message));
    return taken;
  }

  /** The receiver has done with these. Returns those that are not its own (any more). */
  acknowledge(receiver: Pid, deliveries: readonly number[]): number[] {
    const late: number[] = [];
    const over: Message[] = [];
    for (const delivery of deliveries) {
      const held = this.#held.get(delivery);
      if (held?.receiver !== receiver) late.push(delivery);
      else over.push(this.#letGo(held));
    }
    if (over.length > 0) {
      this.#count({ received: over.length });
      this.#changes.removed(over);
    }
    return late;
  }

  /** Whether the delivery is still its receiver's. */
  holds(delivery: number): boolean {
    return this.#held.has(delivery);
  }

  /** These never reached their receiver: they wait again as if they had not been delivered. */
  takeBack(deliveries: readonly number[]): void {
    const back = deliveries.flatMap((delivery) => {
      const held = this.#held.get(delivery);
      if (held === undefined) return [];
      this.#held.delete(delivery);
      return [{ ...held.message, deliveries: held.message.deliveries - 1 }];
    });
    this.#waiting.add(back);
    if (back.length > 0) this.#changes.counted(back);
  }

  /** A receiver has ended, or may not receive any more: what it did not acknowledge waits again. */
  leave(receiver: Pid, at: Millis, why: string): void {
    const own = [...this.#held.values()].filter((held) => held.receiver === receiver);
    this.#fail(own, at, () => why);
  }

  /** What was not acknowledged by now waits again. */
  expire(now: Millis): void {
    const due: Held[] = [];
    for (const held of this.#held.values()) {
      if (held.deadline > now) break;
      due.push(held);
    }
    const { acknowledgeMs } = this.limits;
    this.#fail(due, now, ({ receiver }) => `process ${receiver} did not acknowledge it in ${acknowledgeMs} ms`);
  }

  /** When the next delivery is due, if there is one. */
  get deadline(): number | undefined {
    return this.#held.values().next().value?.deadline;
  }

  /** These could not be kept: nobody was told that they were taken, and they are as if they never were. */
  withdraw(ids: ReadonlySet<number>): void {
    const stays = ({ id }: Message): boolean => !ids.has(id);
    const before = this.depth + this.#held.size;
    for (const held of this.#held.values()) if (!stays(held.message)) this.#held.delete(held.delivery);
    this.#waiting.keep(stays);
    this.#bytes = bytesOf(this.messages);
    this.#count({ sent: this.depth + this.#held.size - before });
  }

  /** Deliveries that came to nothing. */
  #fail(failed: readonly Held[], at: Millis, why: (held: Held) => string): void {
    const back: Message[] = [];
    for (const held of failed) {
      const { message } = held;
      if (message.deliveries < this.limits.maxDeliveries) {
        this.#held.delete(held.delivery);
        back.push(message);
        continue;
      }
      this.#letGo(held);
      const times = message.deliveries === 1 ? "once" : `${message.deliveries} times`;
      const letter = { message, at, reason: `delivered ${times}; the last time ${why(held)}` };
      this.#count({ dead: 1 });
      this.#changes.died(letter);
      this.#keep(letter);
    }
    this.#waiting.add(back);
  }

  /** Out of the queue for good. */
  #letGo({ delivery, message }: Held): Message {
    this.#held.delete(delivery);
    this.#bytes -= message.bytes;
    return message;
  }

  #keep(letter: Letter): void {
    this.#letters.push(letter);
    this.#letterBytes += letter.message.bytes;
    const forgotten: Letter[] = [];
    while (this.#letters.length > lettersKept || (this.#letterBytes > letterBytesKept && this.#letters.length > 1)) {
      const oldest = this.#letters.shift();
      if (oldest === undefined) break;
      this.#letterBytes -= oldest.message.bytes;
      forgotten.push(oldest);
    }
    if (forgotten.length > 0) this.#changes.forgotten(forgotten);
  }

  #count(more: Partial<QueueCounts>): void {
    const { sent, received, dead } = this.#counts;
    this.#counts = {
      sent: sent + (more.sent ?? 0),
      received: received + (more.received ?? 0),
      dead: dead + (more.dead ?? 0),
    };
  }
}
