import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fault, type Millis, millisSchema, type Pid, pidSchema, queueLimitsSchema } from "../abi/index.ts";
import { type Message, MessageQueue } from "./queue.ts";

/**
 * Random lives of a queue, held against a list in which each message is written down with where it is: waiting, with a
 * receiver, acknowledged, or dead.
 */

const nightly = process.env["SUPEROS_NIGHTLY"] === "1";
const numRuns = nightly ? 50_000 : 1000;
const timeout = nightly ? 3_600_000 : 120_000;

const maxMessages = 8;
const maxDeliveries = 3;
const acknowledgeMs = 100;
const receivers = [1, 2, 3].map((pid) => pidSchema.parse(pid));
const receiver = fc.constantFrom(...receivers);

const step = fc.oneof(
  fc.record({ do: fc.constant("send" as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ do: fc.constant("take" as const), receiver, max: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant("acknowledge" as const), receiver, which: fc.nat(20) }),
  fc.record({ do: fc.constant("takeBack" as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant("leave" as const), receiver }),
  fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 150 }) }),
);

interface Known {
  id: number;
  deliveries: number;
  place: "waiting" | "held" | "done" | "dead";
  with?: { receiver: Pid; deadline: number; delivery: number };
}

class Oracle {
  readonly all: Known[] = [];

  in(place: Known["place"]): Known[] {
    return this.all.filter((each) => each.place === place);
  }

  fail(known: Known): void {
    known.place = known.deliveries >= maxDeliveries ? "dead" : "waiting";
  }
}

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Both {
  answer: unknown;
  right: unknown;
}
const nothing: Both = { answer: undefined, right: undefined };

class Life {
  readonly queue: MessageQueue;
  readonly oracle = new Oracle();
  readonly #seen = new Set<number>();
  #now = 0;

  constructor() {
    const heard = (): void => undefined;
    const changes = { added: heard, counted: heard, removed: heard, died: heard, forgotten: heard };
    this.queue = new MessageQueue(queueLimitsSchema.parse({ maxMessages, maxDeliveries, acknowledgeMs }), changes);
  }

  /** Does it. Returns what the queue answers, and what it should. */
  act(each: Step): Both {
    const { queue, oracle } = this;
    const now: Millis = millisSchema.parse(this.#now);
    switch (each.do) {
      case "send":
        return this.#send(each.count, now);
      case "take":
        return this.#take(each.receiver, each.max, now);
      case "acknowledge": {
        const { delivery, known } = this.#find(each.which);
        const own = known?.with?.receiver === each.receiver;
        if (own && known !== undefined) known.place = "done";
        return { answer: queue.acknowledge(each.receiver, [delivery]), right: own ? [] : [delivery] };
      }
      case "takeBack": {
        const { delivery, known } = this.#find(each.which);
        queue.takeBack([delivery]);
        if (known !== undefined) Object.assign(known, { place: "waiting", deliveries: known.deliveries - 1 });
        return nothing;
      }
      case "leave":
        queue.leave(each.receiver, now, "it ended");
        for (const known of oracle.in("held")) if (known.with?.receiver === each.receiver) oracle.fail(known);
        return nothing;
      case "pass":
        this.#now += each.ms;
        queue.expire(millisSchema.parse(this.#now));
        for (const known of oracle.in("held")) if ((known.with?.deadline ?? 0) <= this.#now) oracle.fail(known);
        return nothing;
      default:
        return each satisfies never;
    }
  }

  /** What the queue says of itself, and what it should. */
  figures(): Both {
    const { queue, oracle } = this;
    const dead = oracle.in("dead").map(({ id }) => id);
    const waiting = oracle.in("waiting").length;
    const held = oracle.in("held").length;
    const counts = { sent: oracle.all.length, received: oracle.in("done").length, dead: dead.length };
    const letters = queue.letters.map(({ message }) => message.id);
    return {
      answer: {
        ...queue.counts,
        waiting: queue.depth,
        held: queue.delivered,
        bytes: queue.bytes,
        letters: new Set(letters),
      },
      right: { ...counts, waiting, held, bytes: waiting + held, letters: new Set(dead) },
    };
  }

  #send(count: number, now: Millis): Both {
    const { queue, oracle } = this;
    const fits = oracle.in("waiting").length + oracle.in("held").length + count <= maxMessages;
    const ids = Array.from({ length: count }, (_, index) => oracle.all.length + index + 1);
    const message = { text: "1", bytes: 1, from: pidSchema.parse(9), sentAt: now, deliveries: 0 };
    const taken = succeeds(() => queue.offer(ids.map((id): Message => ({ ...message, id }))));
    if (fits) for (const id of ids) oracle.all.push({ id, deliveries: 0, place: "waiting" });
    return { answer: taken, right: fits };
  }

  /** Always the oldest of those that wait. */
  #take(receiver: Pid, max: number, now: Millis): Both {
    const { queue, oracle } = this;
    const oldest = oracle
      .in("waiting")
      .toSorted((a, b) => a.id - b.id)
      .slice(0, max);
    const held = queue.take(receiver, max, now);
    for (const [index, known] of oldest.entries()) {
      const delivery = held[index]?.delivery ?? 0;
      const deadline = this.#now + acknowledgeMs;
      Object.assign(known, { place: "held", deliveries: known.deliveries + 1, with: { receiver, deadline, delivery } });
      this.#seen.add(delivery);
    }
    return {
      answer: held.map(({ message }) => [message.id, message.deliveries]),
      right: oldest.map(({ id, deliveries }) => [id, deliveries]),
    };
  }

  #find(which: number): { delivery: number; known: Known | undefined } {
    const delivery = [...this.#seen][which] ?? 77;
    return { delivery, known: this.oracle.in("held").find((one) => one.with?.delivery === delivery) };
  }
}

function succeeds(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

describe("the life of a queue", () => {
  test("loses no message, gives none to two at a time, and keeps the order", { timeout }, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const life = new Life();
        for (const each of steps) {
          const answered = life.act(each);
          expect(answered.answer).toEqual(answered.right);
          const figures = life.figures();
          expect(figures.answer).toEqual(figures.right);
        }
      }),
      { numRuns },
    );
  });
});
