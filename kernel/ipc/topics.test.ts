import { describe, expect, test, vi } from "vitest";
import { Fault, millisSchema, type Pid, pidSchema, projectIdSchema, type TopicEvent } from "../abi/index.ts";
import { Waits } from "./queue-waits.ts";
import { type SubscribeOrder, Topics } from "./topics.ts";

const [alice, bob, kernel] = [11, 12, 1].map((pid) => pidSchema.parse(pid)) as [Pid, Pid, Pid];
const scope = "project:abcdefghij";

function sample() {
  const waiting: string[] = [];
  const waits = new Waits((pid, begins) => void waiting.push(`${pid} ${begins ? "waits" : "goes on"}`));
  const topics = new Topics({ now: () => millisSchema.parse(5), waits });
  const subscribe = (named: readonly string[], more: Partial<SubscribeOrder> = {}) =>
    topics.subscribe({ scope, topics: named, subscriber: bob, may: () => undefined, sees: () => true, ...more });
  const publish = (topic: string, data: unknown): number => topics.publish(scope, topic, { from: alice, data });
  return { topics, subscribe, publish, waiting };
}

/** What a subscriber has got so far. */
const readFrom = (stream: NodeJS.ReadableStream): TopicEvent[] =>
  String(stream.read() ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): TopicEvent => JSON.parse(line));
const dataOf = (events: readonly TopicEvent[]): unknown[] => events.map(({ data }) => data);

describe("a topic", () => {
  test("tells everybody who listens, and keeps nothing for those who come later", () => {
    const { subscribe, publish } = sample();
    expect(publish("news", 0)).toBe(0);
    const both = [subscribe(["news"]), subscribe(["other", "news"])];
    expect(publish("news", { n: 1 })).toBe(2);
    expect(publish("other", 2)).toBe(1);
    const told = { topic: "news", at: 5, from: alice, data: { n: 1 }, missed: 0 };
    expect(both.map(readFrom)).toEqual([[told], [told, { ...told, topic: "other", data: 2 }]]);
  });

  test("is another one in another project, or of another user", () => {
    const { topics, subscribe } = sample();
    const here = subscribe(["news"]);
    for (const other of ["project:zzzzzzzzzz", "user:alice"] as const)
      expect(topics.publish(other, "news", { from: alice, data: 1 })).toBe(0);
    expect(readFrom(here)).toEqual([]);
  });

  test("holds nobody up: a slow subscriber loses the oldest events, and is told how many", () => {
    const { subscribe, publish } = sample();
    const [slow, other] = [subscribe(["news"]), subscribe(["news"])];
    const seen: unknown[] = [];
    for (let n = 0; n < 5000; n += 1) {
      publish("news", n);
      seen.push(...dataOf(readFrom(other)));
    }
    expect(seen).toEqual(Array.from({ length: 5000 }, (_, n) => n));
    const events: TopicEvent[] = [];
    for (let more = readFrom(slow); more.length > 0; more = readFrom(slow)) events.push(...more);
    const missed = events.reduce((sum, event) => sum + event.missed, 0);
    expect(missed).toBeGreaterThan(3000);
    expect(events.length + missed).toBe(5000);
    expect(events.at(-1)).toMatchObject({ data: 4999, missed: 0 });
    // Those that are missing are missing in one place, where it is said.
    for (const [index, { data, missed: before }] of events.entries())
      expect(Number(data) - Number(events[index - 1]?.data ?? -1)).toBe(1 + before);
  });

  test("keeps little for a subscriber that does not read, however long the events are", () => {
    const { subscribe, publish } = sample();
    const slow = subscribe(["news"]);
    for (let n = 0; n < 50; n += 1) publish("news", "x".repeat(200_000));
    let characters = 0;
    for (let text: Buffer | null = slow.read(); text !== null; text = slow.read()) characters += text.length;
    expect(characters).toBeLessThan(900_000);
  });
});

describe("a subscription", () => {
  test("ends at once when one of its rights has gone, and tells nothing that was not read yet", async () => {
    const { topics, subscribe, publish } = sample();
    let allowed = true;
    const may = (): void => {
      if (!allowed) throw new Fault("denied", "no");
    };
    const stream = subscribe(["news", "more"], { may });
    const other = subscribe(["news"], { subscriber: alice, may });
    publish("news", 1);
    allowed = false;
    topics.recheck([bob]);
    expect([publish("news", 2), publish("more", 2)]).toEqual([1, 0]);
    expect((await stream.toArray()).join("")).not.toContain('"data":2');
    expect(dataOf(readFrom(other))).toEqual([1, 2]);
  });

  test("ends with its subscriber, with its project, and when it is left", async () => {
    const { topics, subscribe, publish, waiting } = sample();
    const all = [subscribe(["news"]), subscribe(["news"], { subscriber: alice }), subscribe(["news"])];
    await vi.waitFor(() => expect(waiting).toEqual(["12 waits", "11 waits"]));
    all[2]?.destroy();
    await new Promise(setImmediate);
    expect(publish("news", 1)).toBe(2);
    topics.left(bob);
    expect(publish("news", 1)).toBe(1);
    topics.removeScope(scope);
    expect(publish("news", 1)).toBe(0);
    expect(waiting).toEqual(["12 waits", "11 waits", "12 goes on", "11 goes on"]);
  });

  test("is refused beyond 64 of one process", () => {
    const { subscribe } = sample();
    for (let count = 0; count < 64; count += 1) subscribe(["news"]);
    expect(() => subscribe(["news"])).toThrow(expect.objectContaining({ code: "exhausted" }));
    subscribe(["news"], { subscriber: alice });
  });
});

describe("the kernel's own topics", () => {
  const project = projectIdSchema.parse("abcdefghij");

  test("tell each subscriber what it may see, in whatever project it is", () => {
    const { topics, subscribe } = sample();
    const sees = subscribe(["kernel.project"], {
      sees: (news) => news.topic === "kernel.project" && news.project === project,
    });
    const other = subscribe(["kernel.project"], { scope: "user:bob", sees: () => false });
    const elsewhere = subscribe(["kernel.process"]);
    topics.tell({ topic: "kernel.project", project }, { from: kernel, data: { project, change: "changed" } });
    topics.tell({ topic: "kernel.project", project: projectIdSchema.parse("zzzzzzzzzz") }, { from: kernel, data: {} });
    expect(dataOf(readFrom(sees))).toEqual([{ project, change: "changed" }]);
    expect([other, elsewhere].map(readFrom)).toEqual([[], []]);
  });
});
