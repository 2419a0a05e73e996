import type { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type Outcome,
  parseCapability,
  type Pid,
  type ProjectId,
  queueLimitsSchema,
  type SyscallRequest,
} from "../abi/index.ts";
import { Channels } from "./channels.ts";
import { answered } from "./handler.ts";
import { ipcCalls } from "./ipc-calls.ts";
import type { Principal, ProcessRecord, SessionRecord } from "./principal.ts";
import { SampleCore } from "./sample-core.ts";

/** The calls about queues and topics as sessions and processes make them, without an engine. */

const limits = queueLimitsSchema.parse({});
const ends = ["IPC_SEND:*", "IPC_RECV:*"];

let core: SampleCore;
let channels: Channels;
let blocked: string[];
let project: ProjectId;

beforeEach(async () => {
  core = new SampleCore();
  blocked = [];
  channels = opened();
  for (const text of ends) core.slots.mint(core.projects.scratchRoot, parseCapability(text));
  project = await importedAs("one");
});
afterEach(async () => {
  await channels[Symbol.asyncDispose]();
  await core[Symbol.asyncDispose]();
});

function opened(): Channels {
  const { table, lifecycle, projects, authority, kernel, now } = core;
  const blocking = (pid: Pid, begins: boolean): void => void blocked.push(`${pid} ${begins ? "waits" : "goes on"}`);
  return new Channels({
    dir: core.home,
    table,
    lifecycle,
    projects,
    authority,
    kernel,
    blocking,
    now,
    log: () => undefined,
  });
}

async function importedAs(name: string): Promise<ProjectId> {
  const id = await core.project(name);
  for (const text of ends) core.slots.mint(core.projects.rootOf(id), parseCapability(text));
  return id;
}

function give(to: Pid, root: Pid, texts: readonly string[]): void {
  const wanted = texts.map((text) => ({ capability: parseCapability(text), delegable: true }));
  core.slots.deriveAll(root, { holder: to, wanted, root, shared: true });
}

/** A session that holds both ends of all channels of these projects, and of its user's own. */
function session(user: string, projects: readonly ProjectId[] = [], texts: readonly string[] = ends): SessionRecord {
  const record = core.session(user, projects);
  give(record.pid, core.projects.scratchRoot, texts);
  for (const id of projects) give(record.pid, core.projects.rootOf(id), texts);
  return record;
}

function started(of: ProjectId | null, texts: readonly string[] = ends, parent?: Pid): ProcessRecord {
  const root = core.projects.rootFor(of);
  const entry = core.container({ project: of, user: "alice", parent: parent ?? root });
  give(entry.pid, root, texts);
  return { kind: "process", pid: entry.pid, name: "sample", user: "alice", ended: new AbortController() };
}

function end(pid: Pid, outcome: Outcome = { kind: "code", code: 0 }): void {
  const entry = core.table.apply(pid, { type: "ended", at: core.now(), outcome });
  core.lifecycle.emit("changed", entry);
  core.lifecycle.emit("ended", entry);
}

const none = { body: undefined, signal: new AbortController().signal };
const calls = () => ipcCalls({ channels, authority: core.authority, projects: core.projects, table: core.table });

type Where = { project?: ProjectId | null };
const create = (caller: Principal, name: string, where: Where = {}) =>
  calls().queue_create({ request: { name, limits, ...where }, caller, ...none });
const send = (caller: Principal, name: string, messages: unknown[]) => sendTo(caller, name, { messages });
const sendTo = (caller: Principal, name: string, { messages, ...where }: Where & { messages: unknown[] }) =>
  calls().queue_send({ request: { name, messages, ...where } as SyscallRequest<"queue_send">, caller, ...none });
const receive = (caller: Principal, name: string, more: Where & { waitMs?: number; signal?: AbortSignal } = {}) => {
  const { signal = none.signal, ...where } = more;
  const request = { name, max: 10, waitMs: 0, acknowledge: [], ...where };
  return calls().queue_receive({ request, caller, body: undefined, signal });
};
const list = async (caller: Principal, where: Where = {}) =>
  (await calls().queue_list({ request: where, caller, ...none })).queues;
const messagesOf = ({ deliveries }: Awaited<ReturnType<typeof receive>>): unknown[] =>
  deliveries.map(({ message }) => message);
async function subscribe(caller: Principal, topics: string[], where: Where = {}): Promise<Readable> {
  const reply = await calls().event_subscribe({ request: { topics, ...where }, caller, ...none });
  if (!("stream" in reply)) throw new Error("it is no stream");
  return reply.stream;
}
const told = (stream: Readable): unknown[] =>
  String(stream.read() ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { data: unknown }).data);

describe("whose a channel is", () => {
  test("is said by a session, and follows from where a process is", async () => {
    const alice = session("alice", [project]);
    const [inside, outside] = [started(project), started(null)];
    await create(alice, "jobs", { project });
    await create(alice, "jobs", { project: null });
    await sendTo(alice, "jobs", { messages: ["of the project"], project });
    await send(alice, "jobs", ["of alice"]);
    expect(messagesOf(await receive(inside, "jobs"))).toEqual(["of the project"]);
    expect(messagesOf(await receive(outside, "jobs"))).toEqual(["of alice"]);
    await expect(receive(inside, "jobs", { project: null })).rejects.toThrow(
      expect.objectContaining({ code: "denied" }),
    );
    const another = session("bob");
    for (const where of [{}, { project }]) {
      const refused = expect.objectContaining({ code: "not_found" });
      await expect(receive(another, "jobs", where)).rejects.toThrow(refused);
    }
  });

  test("shows in the list, of all that a session sees or of one project", async () => {
    const alice = session("alice", [project, await importedAs("two")]);
    await create(alice, "a", { project });
    await create(alice, "b");
    const all = (await list(alice)).map((queue) => [queue.name, queue.project]);
    expect(all).toEqual([
      ["b", null],
      ["a", project],
    ]);
    expect((await list(alice, { project })).map(({ name }) => name)).toEqual(["a"]);
    expect(await list(session("bob", [project], []))).toEqual([]);
  });

  test("shows with those who may send and receive, as far as one sees them", async () => {
    const alice = session("alice", [project]);
    const parent = started(project);
    const child = started(project, ["IPC_SEND:a"], parent.pid);
    const other = started(project, ["IPC_RECV:a", "IPC_SEND:b"]);
    await create(alice, "a", { project });
    const ofSession = { senders: [parent.pid, child.pid], receivers: [parent.pid, other.pid] };
    expect(await list(alice, { project })).toEqual([expect.objectContaining({ ...ofSession, createdBy: alice.pid })]);
    const ofParent = { senders: [parent.pid, child.pid], receivers: [parent.pid] };
    expect(await list(parent)).toEqual([expect.objectContaining(ofParent)]);
    expect(await list(started(project, ["IPC_RECV:b"]))).toEqual([]);
  });
});

describe("the right to a channel", () => {
  test("is one for each end, by its name", async () => {
    const alice = session("alice", [project]);
    await create(alice, "jobs", { project });
    const [sender, receiver] = [started(project, ["IPC_SEND:jobs"]), started(project, ["IPC_RECV:jobs"])];
    const missing = (text: string) => expect.objectContaining({ code: "denied", missing: text });
    await send(sender, "jobs", [1]);
    await expect(receive(sender, "jobs")).rejects.toThrow(missing("IPC_RECV:jobs"));
    await expect(send(receiver, "jobs", [1])).rejects.toThrow(missing("IPC_SEND:jobs"));
    await expect(create(receiver, "jobs2")).rejects.toThrow(missing("IPC_SEND:jobs2"));
    await expect(send(sender, "other", [1])).rejects.toThrow(missing("IPC_SEND:other"));
    await expect(subscribe(receiver, ["jobs", "kernel.process"])).rejects.toThrow(missing("IPC_RECV:kernel.process"));
    expect(messagesOf(await receive(receiver, "jobs"))).toEqual([1]);
  });

  test("ends a call that waits, a subscription, and what was not acknowledged, when it is revoked", async () => {
    const alice = session("alice", [project]);
    const box = started(project);
    await create(alice, "jobs", { project });
    await sendTo(alice, "jobs", { messages: ["held"], project });
    await receive(box, "jobs");
    const waits = receive(box, "jobs", { waitMs: 60_000 });
    const stream = await subscribe(box, ["news"]);
    const slot = core.slots.held(box.pid).find(({ capability }) => capability.kind === "IPC_RECV");
    if (slot === undefined) throw new Error("it holds none");
    const refused = expect.objectContaining({ code: "denied" });
    await Promise.all([expect(waits).rejects.toThrow(refused), core.authority.revoke(slot.id)]);
    expect(await stream.toArray()).toEqual([]);
    expect(messagesOf(await receive(alice, "jobs", { project }))).toEqual(["held"]);
  });

  test("of a session ends with the session, and with its sight of the project", async () => {
    const [alice, bob] = [session("alice", [project]), session("bob", [project])];
    await create(alice, "jobs", { project });
    await sendTo(alice, "jobs", { messages: [1, 2], project });
    await receive(bob, "jobs", { project });
    const stream = await subscribe(bob, ["news"], { project });
    await core.sessions.apply("bob", { scratch: [], projects: [] });
    expect(await stream.toArray()).toEqual([]);
    expect(messagesOf(await receive(alice, "jobs", { project }))).toEqual([1, 2]);
    core.sessions.close(alice);
    expect(messagesOf(await receive(session("carol", [project]), "jobs", { project }))).toEqual([1, 2]);
  });
});

describe("a receiver", () => {
  test("that has its answer keeps what is in it, and one that has gone without does not", async () => {
    const box = started(null);
    await create(box, "jobs");
    await send(box, "jobs", [1]);
    const [first, second] = [new AbortController(), new AbortController()];
    expect(messagesOf(await receive(box, "jobs", { signal: first.signal }))).toEqual([1]);
    first.abort();
    expect(messagesOf(await receive(box, "jobs", { signal: second.signal }))).toEqual([1]);
    second.abort(answered);
    expect(messagesOf(await receive(box, "jobs"))).toEqual([]);
  });

  test("that waits counts as blocked, and a session or one that has ended does not", async () => {
    const [alice, box] = [session("alice"), started(null)];
    await create(alice, "jobs");
    const both = [receive(box, "jobs", { waitMs: 60_000 }), receive(alice, "jobs", { waitMs: 60_000 })];
    await vi.waitFor(() => expect(blocked).toEqual([`${box.pid} waits`]));
    await send(alice, "jobs", [1]);
    await send(alice, "jobs", [2]);
    await Promise.all(both);
    const stream = await subscribe(box, ["news"]);
    const seen = [`${box.pid} waits`, `${box.pid} goes on`, `${box.pid} waits`];
    await vi.waitFor(() => expect(blocked).toEqual(seen));
    end(box.pid);
    expect(await stream.toArray()).toEqual([]);
    expect(blocked).toEqual(seen);
  });

  test("that has ended leaves what it did not acknowledge to others", async () => {
    const [alice, box] = [session("alice"), started(null)];
    await create(alice, "jobs");
    await send(alice, "jobs", [1]);
    await receive(box, "jobs");
    end(box.pid);
    expect(messagesOf(await receive(alice, "jobs"))).toEqual([1]);
  });
});

describe("a queue", () => {
  test("is removed by who made it, or by a session", async () => {
    const [alice, maker, other] = [session("alice"), started(null), started(null)];
    const remove = (caller: Principal, name: string) => calls().queue_remove({ request: { name }, caller, ...none });
    for (const name of ["a", "b"]) await create(maker, name);
    await expect(remove(other, "a")).rejects.toThrow(expect.objectContaining({ code: "denied" }));
    await remove(maker, "a");
    await remove(alice, "b");
    expect(await list(alice)).toEqual([]);
  });

  test("goes with its project, and its user's with its user", async () => {
    const alice = session("alice", [project]);
    await create(alice, "jobs", { project });
    await create(alice, "jobs");
    await core.projects.remove(project, core.kernel);
    expect((await list(alice)).map((queue) => queue.project)).toEqual([null]);
    channels.removeUser("alice");
    expect(await list(alice)).toEqual([]);
  });

  test("of a project that went while the kernel was away is not there any more", async () => {
    const alice = session("alice", [project]);
    await create(alice, "jobs", { project });
    await channels[Symbol.asyncDispose]();
    const scopes = new Set<ProjectId>();
    core.projects.ids = () => [...scopes];
    channels = opened();
    expect(await list(alice, { project })).toEqual([]);
  });
});

describe("what the kernel tells", () => {
  test("a process: its phases and those of what is below it, once each", async () => {
    const [parent, stranger] = [started(project), started(project)];
    const stream = await subscribe(parent, ["kernel.process"]);
    const child = started(project, [], parent.pid);
    for (const { pid } of [child, child, stranger]) core.lifecycle.touch(pid);
    end(child.pid);
    end(stranger.pid);
    core.table.remove(child.pid);
    core.lifecycle.emit("reaped", child.pid);
    core.lifecycle.emit("reaped", stranger.pid);
    const seen = told(stream) as { pid: Pid; phase: string }[];
    expect(seen.map(({ pid, phase }) => [pid, phase])).toEqual(
      ["running", "exited", "reaped"].map((phase) => [child.pid, phase]),
    );
    expect(seen[1]).toMatchObject({ parent: parent.pid, outcome: { kind: "code", code: 0 } });
  });

  test("a session: of the project that it named, and of no other", async () => {
    const two = await importedAs("two");
    const alice = session("alice", [project, two]);
    const streams = await Promise.all(
      [project, two].map((where) =>
        subscribe(alice, ["kernel.process", "kernel.project", "kernel.channel"], { project: where }),
      ),
    );
    const box = started(project);
    core.lifecycle.touch(box.pid);
    core.projects.touched(project);
    await create(box, "jobs");
    const [here, there] = streams.map(told);
    expect(here).toEqual([
      expect.objectContaining({ pid: box.pid, phase: "running" }),
      { project, change: "changed" },
      { channel: "jobs", change: "created", reason: `by process ${box.pid}` },
    ]);
    expect(there).toEqual([]);
  });

  test("of a channel only those who hold one end of it", async () => {
    const maker = started(project);
    const [one, other] = [
      started(project, ["IPC_RECV:kernel.channel", "IPC_SEND:jobs"]),
      started(project, ["IPC_RECV:kernel.channel"]),
    ];
    const streams = await Promise.all([one, other].map((caller) => subscribe(caller, ["kernel.channel"])));
    await create(maker, "jobs");
    expect(streams.map((stream) => told(stream).length)).toEqual([1, 0]);
  });

  test("nobody else may tell, and nothing of what it does not know", async () => {
    const box = started(project);
    const publish = (topic: string) => calls().event_publish({ request: { topic, data: 1 }, caller: box, ...none });
    await expect(publish("kernel.process")).rejects.toThrow(expect.objectContaining({ code: "denied" }));
    await expect(subscribe(box, ["kernel.other"])).rejects.toThrow(expect.objectContaining({ code: "not_found" }));
    await expect(create(box, "kernel.mine")).rejects.toThrow(expect.objectContaining({ code: "invalid" }));
    expect(await publish("news")).toEqual({ heard: 0 });
  });
});
