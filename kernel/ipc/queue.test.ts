import { describe, expect, test } from "vitest";
import { Fault, type Millis, millisSchema, type Pid, pidSchema, queueLimitsSchema } from "../abi/index.ts";
import { type Held, type Message, MessageQueue, type QueueChanges, type QueueContent } from "./queue.ts";

const [alice, bob] = [1, 2].map((pid) => pidSchema.parse(pid)) as [Pid, Pid];
const at = (ms: number): Millis => millisSchema.parse(ms);

/** A queue, and what it told of its changes. */
function sample(limits: Record<string, unknown> = {}, content?: QueueContent) {
  const told: string[] = [];
  const ids = (messages: readonly Message[]): string =>
    messages.map(({ id, deliveries }) => `${id}x${deliveries}`).join();
  const changes: QueueChanges = {
    added: (messages) => void told.push(`added ${ids(messages)}`),
    counted: (messages) => void told.push(`counted ${ids(messages)}`),
    removed: (messages) => void told.push(`removed ${ids(messages)}`),
    died: ({ message, reason }) => void told.push(`died ${ids([message])}: ${reason}`),
    forgotten: (letters) => void told.push(`forgotten ${ids(letters.map(({ message }) => message))}`),
  };
  const queue = new MessageQueue(queueLimitsSchema.parse({ acknowledgeMs: 1000, ...limits }), changes, content);
  let last = 0;
  const message = (text = '"x"'): Message => {
    last += 1;
    return { id: last, text, bytes: text.length, from: alice, sentAt: at(0), deliveries: 0 };
  };
  const offer = (count: number, text?: string): void => queue.offer(Array.from({ length: count }, () => message(text)));
  return { queue, told, offer, message };
}

const idsOf = (held: readonly Held[]): number[] => held.map(({ message }) => message.id);
const numbersOf = (held: readonly Held[]): number[] => held.map(({ delivery }) => delivery);

describe("a queue", () => {
  test("gives messages in the order in which they were sent, each to one receiver", () => {
    const { queue, offer } = sample();
    offer(5);
    expect(idsOf(queue.take(alice, 2, at(0)))).toEqual([1, 2]);
    expect(idsOf(queue.take(bob, 10, at(0)))).toEqual([3, 4, 5]);
    expect(queue.take(alice, 1, at(0))).toEqual([]);
    expect([queue.depth, queue.delivered]).toEqual([0, 5]);
  });

  test("forgets what was acknowledged, and counts it", () => {
    const { queue, offer } = sample();
    offer(2);
    const [first] = queue.take(alice, 1, at(0));
    expect(queue.acknowledge(alice, [first?.delivery ?? 0])).toEqual([]);
    expect([queue.depth, queue.delivered, queue.bytes, queue.counts]).toEqual([
      1,
      0,
      3,
      { sent: 2, received: 1, dead: 0 },
    ]);
  });

  test("takes no acknowledgement of somebody else's, of what is over, or of what never was", () => {
    const { queue, offer } = sample();
    offer(1);
    const [delivery = 0] = numbersOf(queue.take(alice, 1, at(0)));
    expect(queue.acknowledge(bob, [delivery, 12345])).toEqual([delivery, 12345]);
    expect(queue.acknowledge(alice, [delivery, delivery])).toEqual([delivery]);
    expect(queue.counts.received).toBe(1);
  });

  test("takes all messages of a call, or none", () => {
    const { queue, offer } = sample({ maxMessages: 3 });
    offer(2);
    expect(() => offer(2)).toThrow(/the queue is full: it holds 2 of at most 3 messages/);
    expect(queue.depth).toBe(2);
    offer(1);
  });

  test("is full by bytes too, and by what was delivered and not acknowledged", () => {
    const { queue, offer } = sample({ maxBytes: 1024, maxMessages: 3 });
    offer(1, `"${"x".repeat(1000)}"`);
    expect(() => offer(1, `"${"x".repeat(30)}"`)).toThrow(/1002 of at most 1024 bytes/);
    const taken = queue.take(alice, 1, at(0));
    expect(() => offer(1, `"${"x".repeat(30)}"`)).toThrow(Fault);
    queue.acknowledge(alice, numbersOf(taken));
    offer(1, `"${"x".repeat(30)}"`);
  });

  test("says that what it can never take is invalid, and not that it is full", () => {
    const { offer } = sample({ maxMessages: 3 });
    expect(() => offer(4)).toThrow(expect.objectContaining({ code: "invalid" }));
  });

  test("gives no more than about a mebibyte at a time, and at least one message", () => {
    const { queue, offer } = sample({ maxBytes: 64 << 20 });
    offer(3, `"${"x".repeat(1 << 20)}"`);
    offer(3, `"${"x".repeat(500_000)}"`);
    expect([1, 2, 3, 4, 5].map(() => idsOf(queue.take(alice, 10, at(0))))).toEqual([[1], [2], [3], [4, 5], [6]]);
  });
});

describe("a message that is not acknowledged", () => {
  test("goes to another receiver once its time is over, before everything that was sent later", () => {
    const { queue, offer } = sample();
    offer(3);
    queue.take(alice, 1, at(0));
    queue.take(bob, 1, at(500));
    queue.expire(at(999));
    expect(queue.depth).toBe(1);
    expect(queue.deadline).toBe(1000);
    queue.expire(at(1500));
    const again = queue.take(bob, 3, at(1500));
    expect(again.map(({ message }) => [message.id, message.deliveries])).toEqual([
      [1, 2],
      [2, 2],
      [3, 1],
    ]);
  });

  test("keeps its place among those that come back, whichever comes back first", () => {
    const { queue, offer } = sample();
    offer(6);
    queue.take(alice, 3, at(0));
    queue.take(bob, 2, at(0));
    queue.leave(bob, at(1), "it ended");
    queue.leave(alice, at(2), "it ended");
    expect(idsOf(queue.take(bob, 9, at(3)))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("cannot be acknowledged late by the one that had it first", () => {
    const { queue, offer } = sample();
    offer(1);
    const [first = 0] = numbersOf(queue.take(alice, 1, at(0)));
    queue.expire(at(2000));
    expect(queue.acknowledge(alice, [first])).toEqual([first]);
    const [second = 0] = numbersOf(queue.take(alice, 1, at(2000)));
    expect(queue.acknowledge(alice, [first])).toEqual([first]);
    expect(queue.acknowledge(alice, [second])).toEqual([]);
  });

  test("is dead after so many deliveries, with the reason of the last", () => {
    const { queue, offer, told } = sample({ maxDeliveries: 2 });
    offer(2);
    queue.take(alice, 1, at(0));
    queue.expire(at(1000));
    queue.take(bob, 2, at(1000));
    queue.leave(bob, at(1001), "process 2 ended");
    expect(queue.counts).toEqual({ sent: 2, received: 0, dead: 1 });
    expect(queue.letters.map(({ message, reason }) => [message.id, reason])).toEqual([
      [1, "delivered 2 times; the last time process 2 ended"],
    ]);
    expect([queue.depth, queue.delivered, queue.bytes]).toEqual([1, 0, 3]);
    expect(told.at(-1)).toBe("died 1x2: delivered 2 times; the last time process 2 ended");
  });

  test("waits as before when it never reached its receiver: that was no delivery", () => {
    const { queue, offer } = sample({ maxDeliveries: 1 });
    offer(2);
    for (let times = 0; times < 10; times += 1) queue.takeBack(numbersOf(queue.take(alice, 2, at(0))));
    expect([queue.depth, queue.delivered, queue.counts.dead]).toEqual([2, 0, 0]);
    expect(queue.take(bob, 2, at(0)).map(({ message }) => message.deliveries)).toEqual([1, 1]);
  });
});

describe("dead letters", () => {
  test("are kept up to a hundred, and counted for ever", () => {
    const { queue, offer, told } = sample({ maxDeliveries: 1 });
    offer(150);
    queue.take(alice, 150, at(0));
    queue.leave(alice, at(5), "it ended");
    expect(queue.counts.dead).toBe(150);
    expect(queue.letters.map(({ message }) => message.id)).toEqual(
      Array.from({ length: 100 }, (_, index) => 150 - index),
    );
    expect(told.filter((line) => line.startsWith("forgotten"))).toHaveLength(50);
  });

  test("are kept up to a mebibyte of text", () => {
    const { queue, offer } = sample({ maxDeliveries: 1, maxBytes: 64 << 20 });
    for (let round = 0; round < 10; round += 1) {
      offer(1, `"${"x".repeat(200_000)}"`);
      queue.take(alice, 1, at(0));
      queue.leave(alice, at(0), "it ended");
    }
    expect(queue.letters.map(({ message }) => message.id)).toEqual([10, 9, 8, 7, 6]);
  });
});

describe("what is told of changes", () => {
  test("is enough to make the queue anew", () => {
    const { queue, offer, told } = sample();
    offer(3);
    const taken = queue.take(alice, 2, at(0));
    queue.acknowledge(alice, numbersOf(taken.slice(0, 1)));
    queue.takeBack(numbersOf(taken.slice(1)));
    expect(told).toEqual(["added 1x0,2x0,3x0", "counted 1x1,2x1", "removed 1x1", "counted 2x0"]);
  });

  test("lets a queue go on where an earlier kernel ended, without counting what was under way", () => {
    const { message } = sample();
    const messages = [3, 1, 2].map((deliveries) => ({ ...message(), deliveries }));
    const counts = { sent: 9, received: 5, dead: 1 };
    const { queue } = sample({ maxDeliveries: 3 }, { messages: messages.toReversed(), letters: [], counts });
    expect([queue.depth, queue.bytes, queue.counts]).toEqual([3, 9, counts]);
    expect(queue.take(alice, 3, at(0)).map(({ message: { id, deliveries } }) => [id, deliveries])).toEqual([
      [1, 3],
      [2, 2],
      [3, 3],
    ]);
  });

  test("can be taken back for messages that could not be kept", () => {
    const { queue, offer } = sample();
    offer(4);
    queue.take(alice, 2, at(0));
    queue.withdraw(new Set([2, 3]));
    expect([queue.depth, queue.delivered, queue.bytes, queue.counts.sent]).toEqual([1, 1, 6, 2]);
    expect(idsOf(queue.take(bob, 9, at(0)))).toEqual([4]);
  });
});
