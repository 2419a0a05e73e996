import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Fault, millisSchema, type Pid, pidSchema, type QueueLimits, queueLimitsSchema } from "../abi/index.ts";
import type { QueueChannel, ReceiveOrder } from "./queue-channel.ts";
import { type QueueNews, Queues, type Received } from "./queues.ts";
import { Waits } from "./queue-waits.ts";

/** Queues on a disk of their own: who gets what, when, and what is there after the kernel has ended. */

const [alice, bob, carol] = [11, 12, 13].map((pid) => pidSchema.parse(pid)) as [Pid, Pid, Pid];
const scope = "project:abcdefghij";

let dir: string;
let queues: Queues;
let news: QueueNews[];
let waiting: string[];
let log: string[];

function open(): Queues {
  return new Queues({
    dir,
    now: () => millisSchema.parse(Date.now()),
    log: (message) => void log.push(message),
    tell: (one) => void news.push(one),
    waits: new Waits((pid, begins) => void waiting.push(`${pid} ${begins ? "waits" : "goes on"}`)),
  });
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "superos-queues-"));
  [news, waiting, log] = [[], [], []];
  queues = open();
});
afterEach(async () => {
  await queues[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

const create = (name = "jobs", limits: Partial<QueueLimits> = {}): Promise<QueueChannel> =>
  queues.create(scope, name, { limits: queueLimitsSchema.parse(limits), by: alice });

interface Asked extends Partial<ReceiveOrder> {
  of: QueueChannel;
}

function receive({ of, ...more }: Asked): Promise<Received> {
  const order = { receiver: bob, max: 1, waitMs: 0, acknowledge: [], may: () => undefined };
  return queues.receive(of, { ...order, signal: new AbortController().signal, ...more });
}

const textsOf = ({ deliveries }: Received): string[] => deliveries.map(({ message }) => message.text);
const numbersOf = ({ deliveries }: Received): number[] => deliveries.map(({ delivery }) => delivery);

/** Ends as a kernel that is killed does, and starts anew: only what is on the disk goes on. */
async function crash(): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), "superos-queues-"));
  // Opened by a second program, as it lies there.
  const command = `cp "$0"/queues.db* "$1"/`;
  await once(spawn("sh", ["-c", command, dir, copy]), "close");
  await queues[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
  dir = copy;
  queues = open();
}

describe("receivers that wait", () => {
  test("are served in the order in which they came, each with messages of its own", async () => {
    const of = await create();
    const taken = [alice, bob, carol].map((receiver) => receive({ of, receiver, waitMs: 60_000 }));
    expect(of.waiting).toBe(3);
    await queues.send(of, [1, 2], alice);
    await queues.send(of, [3], alice);
    expect((await Promise.all(taken)).map(textsOf)).toEqual([["1"], ["2"], ["3"]]);
  });

  test("get nothing once their time is over, or they have gone, and no message goes with them", async () => {
    const of = await create();
    const gone = new AbortController();
    const late = receive({ of, waitMs: 1 });
    const left = receive({ of, waitMs: 60_000, signal: gone.signal });
    gone.abort();
    expect([await late, await left].map(textsOf)).toEqual([[], []]);
    await queues.send(of, ["x"], alice);
    expect([of.queue.depth, of.queue.delivered]).toEqual([1, 0]);
    expect(textsOf(await receive({ of, signal: gone.signal }))).toEqual([]);
    expect(of.queue.depth).toBe(1);
  });

  test("count as waiting for the scheduler, until they have got what they waited for", async () => {
    const of = await create();
    const waits = receive({ of, waitMs: 60_000 });
    await vi.waitFor(() => expect(waiting).toEqual(["12 waits"]));
    await queues.send(of, [1], alice);
    await waits;
    expect(waiting).toEqual(["12 waits", "12 goes on"]);
  });

  test("are refused when they may not receive any more, and what they had goes to others", async () => {
    const of = await create();
    const rights = new Set([bob]);
    const may = (): void => {
      if (!rights.has(bob)) throw new Fault("denied", "no");
    };
    await queues.send(of, [1], alice);
    await receive({ of, may });
    const refused = receive({ of, may, waitMs: 60_000 });
    rights.clear();
    queues.recheck([bob]);
    await expect(refused).rejects.toThrow(expect.objectContaining({ code: "denied" }));
    expect(textsOf(await receive({ of, receiver: carol }))).toEqual(["1"]);
  });

  test("are refused also where nobody said that their right has gone", async () => {
    const of = await create();
    const may = (): void => {
      throw new Fault("denied", "no");
    };
    const refused = receive({ of, may, waitMs: 60_000 });
    const other = receive({ of, receiver: carol, waitMs: 60_000 });
    await Promise.all([queues.send(of, [1], alice), expect(refused).rejects.toThrow("no")]);
    expect(textsOf(await other)).toEqual(["1"]);
  });

  test("are told when the queue goes", async () => {
    const of = await create();
    const refused = receive({ of, waitMs: 60_000 });
    await Promise.all([queues.remove(of, "it is done"), expect(refused).rejects.toThrow(/the queue jobs was removed/)]);
    expect(() => queues.get(scope, "jobs")).toThrow(expect.objectContaining({ code: "not_found" }));
  });
});

describe("a delivery", () => {
  test("that could not be given to its receiver goes to the next at once", async () => {
    const of = await create();
    await queues.send(of, ["x"], alice);
    const received = await receive({ of });
    const other = receive({ of, receiver: carol, waitMs: 60_000 });
    received.unsent();
    expect((await other).deliveries.map(({ message }) => [message.text, message.deliveries])).toEqual([['"x"', 1]]);
  });

  test("goes to the next when its receiver has ended, or does not acknowledge it in time", async () => {
    const of = await create("jobs", { acknowledgeMs: 100 });
    await queues.send(of, ["x"], alice);
    await receive({ of });
    const next = receive({ of, receiver: carol, waitMs: 60_000 });
    queues.left(bob);
    const [first] = (await next).deliveries;
    expect(first?.message.deliveries).toBe(2);
    // Without anybody doing anything more.
    const again = await receive({ of, receiver: alice, waitMs: 60_000 });
    expect(again.deliveries[0]?.message.deliveries).toBe(3);
    const { late } = await receive({ of, receiver: carol, max: 0, acknowledge: [first?.delivery ?? 0] });
    expect(late).toEqual([first?.delivery]);
  });

  test("that comes to nothing too often makes its message dead, which is told and kept", async () => {
    const of = await create("jobs", { maxDeliveries: 1 });
    await queues.send(of, ["x"], alice);
    await receive({ of });
    queues.left(bob);
    const reason = "delivered once; the last time process 12 ended";
    expect(news.at(-1)).toEqual({ scope, channel: "jobs", change: "dead", reason });
    expect(of.queue.letters.map(({ message, reason: why }) => [message.text, why])).toEqual([['"x"', reason]]);
  });
});

describe("a queue that is full", () => {
  test("refuses with `exhausted`, and is told of once until it takes messages again", async () => {
    const of = await create("jobs", { maxMessages: 1 });
    const full = (): number => news.filter(({ change }) => change === "full").length;
    await queues.send(of, [1], alice);
    for (let times = 0; times < 3; times += 1)
      await expect(queues.send(of, [2], alice)).rejects.toThrow(expect.objectContaining({ code: "exhausted" }));
    expect(full()).toBe(1);
    await receive({ of, max: 0, acknowledge: numbersOf(await receive({ of })) });
    await queues.send(of, [3], alice);
    await expect(queues.send(of, [4], alice)).rejects.toThrow(Fault);
    expect(full()).toBe(2);
  });

  test("is so for all queues of a project together, and not for another's", async () => {
    const large = Array.from({ length: 240 }, () => "x".repeat(256_000));
    const limits = { maxBytes: 64 << 20 };
    const [first, second] = [await create("first", limits), await create("second", limits)];
    await queues.send(first, large, alice);
    await expect(queues.send(second, large, alice)).rejects.toThrow(/the queues of this project or user/);
    const other = await queues.create("user:alice", "first", { limits: queueLimitsSchema.parse(limits), by: alice });
    await queues.send(other, large, alice);
    await queues.remove(first, "done");
    await queues.send(second, large, alice);
  });
});

describe("what is refused", () => {
  test("is a message that its schema does not take, with all that were sent with it", async () => {
    const of = await create("jobs", { schema: { type: "object", required: ["id"] } });
    await expect(queues.send(of, [{ id: 1 }, { no: 1 }], alice)).rejects.toThrow('message 1: it has no "id"');
    expect(of.queue.depth).toBe(0);
    await queues.send(of, [{ id: 1 }], alice);
  });

  test("is a message that is too long, a name in use, a name of the kernel's, and more queues than there may be", async () => {
    const of = await create();
    await expect(queues.send(of, ["x".repeat(300_000)], alice)).rejects.toThrow(/longer than 262144 bytes/);
    await expect(create()).rejects.toThrow(expect.objectContaining({ code: "conflict" }));
    await expect(create("kernel.jobs")).rejects.toThrow(expect.objectContaining({ code: "invalid" }));
    for (let count = 1; count < 256; count += 1) await create(`q${count}`);
    await expect(create("more")).rejects.toThrow(expect.objectContaining({ code: "exhausted" }));
  });
});

describe("after the kernel was killed", () => {
  test("everything is there that somebody was told is sent, in order, and nothing that was acknowledged", async () => {
    const of = await create("jobs", { maxMessages: 9 });
    await queues.send(of, ["a", "b"], alice);
    await queues.send(of, [{ c: "ä" }], bob);
    const first = await receive({ of });
    await receive({ of, max: 0, acknowledge: numbersOf(first) });
    await crash();
    const again = queues.get(scope, "jobs");
    expect([again.identity.createdBy, again.queue.limits.maxMessages, again.queue.counts]).toEqual([
      alice,
      9,
      { sent: 3, received: 1, dead: 0 },
    ]);
    expect(
      (await receive({ of: again, max: 9 })).deliveries.map(({ message: { text, from } }) => [text, from]),
    ).toEqual([
      ['"b"', alice],
      ['{"c":"ä"}', bob],
    ]);
  });

  test("what was delivered and not acknowledged is delivered again, and no number of before stands for anything", async () => {
    const of = await create();
    await queues.send(of, ["a", "b"], alice);
    const before = await receive({ of, max: 2 });
    await crash();
    const again = queues.get(scope, "jobs");
    expect(again.queue.depth).toBe(2);
    expect((await receive({ of: again, max: 0, acknowledge: numbersOf(before) })).late).toEqual(numbersOf(before));
    const after = await receive({ of: again, max: 2 });
    expect(after.deliveries.map(({ message }) => [message.text, message.deliveries])).toEqual([
      ['"a"', 2],
      ['"b"', 2],
    ]);
    expect(numbersOf(after).filter((number) => numbersOf(before).includes(number))).toEqual([]);
  });

  test("dead letters are still there, and what was removed is not", async () => {
    const of = await create("jobs", { maxDeliveries: 1 });
    await queues.send(of, ["x"], alice);
    await receive({ of });
    queues.left(bob);
    await queues.remove(await create("other"), "done");
    await queues.send(
      await queues.create("project:zzzzzzzzzz", "jobs", { limits: of.queue.limits, by: bob }),
      [1],
      bob,
    );
    queues.removeScope("project:zzzzzzzzzz");
    await queues.send(of, ["y"], alice);
    await crash();
    expect(queues.list(scope).map(({ identity }) => identity.name)).toEqual(["jobs"]);
    expect(queues.list("project:zzzzzzzzzz")).toEqual([]);
    const { letters, counts } = queues.get(scope, "jobs").queue;
    expect([letters.map(({ message }) => message.text), counts.dead]).toEqual([['"x"'], 1]);
    queues.retain((one) => one !== scope);
    expect(queues.list(scope)).toEqual([]);
  });

  test("rows that cannot be read are left out, and told", async () => {
    const of = await create();
    await queues.send(of, ["x"], alice);
    await queues[Symbol.asyncDispose]();
    using db = new DatabaseSync(join(dir, "queues.db"));
    db.exec("INSERT INTO queues VALUES (1, 'project:a', 'BAD NAME', '{', 1, 1, 0, 0, 0)");
    db.exec("INSERT INTO queues VALUES (2, 'project:a', 'bad', '{\"schema\":{\"pattern\":\"x\"}}', 1, 1, 0, 0, 0)");
    db.close();
    queues = open();
    expect(log).toEqual(["rows of queues could not be read", "a queue was left out"]);
    expect(textsOf(await receive({ of: queues.get(scope, "jobs") }))).toEqual(['"x"']);
  });
});

describe("while the disk takes nothing", () => {
  test("messages are refused and not kept by halves, and all goes on when it takes some again", async () => {
    await create();
    await queues[Symbol.asyncDispose]();
    using db = new DatabaseSync(join(dir, "queues.db"));
    db.exec(`CREATE TRIGGER full BEFORE INSERT ON messages WHEN new.text = '"lost"'
      BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END`);
    db.close();
    queues = open();
    const of = queues.get(scope, "jobs");
    await queues.send(of, ["first"], alice);
    const unavailable = expect.objectContaining({ code: "unavailable" });
    const waits = receive({ of, max: 9, waitMs: 60_000 });
    await receive({ of, max: 0, acknowledge: numbersOf(await waits) });
    const next = receive({ of, waitMs: 60_000 });
    await expect(queues.send(of, ["kept?", "lost"], alice)).rejects.toThrow(unavailable);
    await expect(queues.send(of, ["meanwhile"], alice)).rejects.toThrow(unavailable);
    // Whoever waited for them has got nothing of what was not sent.
    expect(textsOf(await next)).toEqual([]);
    expect([of.queue.depth, of.queue.delivered, of.queue.counts]).toEqual([0, 0, { sent: 1, received: 1, dead: 0 }]);
    await vi.waitFor(() => queues.send(of, ["later"], alice), { timeout: 30_000 });
    await crash();
    expect(textsOf(await receive({ of: queues.get(scope, "jobs"), max: 9 }))).toEqual(['"later"']);
    expect(log).toEqual(["queues cannot be written", "queues can be written again"]);
  });
});
