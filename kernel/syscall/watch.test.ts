import { once } from "node:events";
import { setImmediate as breathe } from "node:timers/promises";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { statusSchema } from "../abi/index.ts";
import type { SessionRecord } from "./principal.ts";
import { eventsIn, SampleCore } from "./sample-core.ts";
import { watch } from "./watch.ts";

let core: SampleCore;
let session: SessionRecord;
beforeEach(async () => {
  core = new SampleCore();
  session = core.session("alice", [await core.project("one"), await core.project("two")]);
});
afterEach(() => core[Symbol.asyncDispose]());

const status = statusSchema.parse({
  instance: "i",
  version: "0",
  generation: 1,
  startedAt: 1,
  engine: { state: "up", version: "0", apiVersion: "0" },
  services: [],
  processes: { running: 0, total: 0 },
  pool: { ready: 0, shapes: 0, hits: 0, misses: 0 },
  machine: { cores: 1, memoryBytes: 1 },
  controls: [],
});

/** How many listen to the kernel's state. */
const listeners = (): number[] => [
  core.lifecycle.listenerCount("changed"),
  core.lifecycle.listenerCount("reaped"),
  core.projects.listenerCount("changed"),
  core.projects.listenerCount("removed"),
];

/** A watch that goes on once `resume` was called: until then the status is not known. */
function begin(signal: AbortSignal): { going: ReturnType<typeof watch>; resume: () => void } {
  const { promise, resolve } = Promise.withResolvers<typeof status>();
  const { table, lifecycle, projects, views } = core;
  const options = { table, lifecycle, projects, views, status: () => promise, onStatus: () => () => undefined };
  return { going: watch(options, session, signal), resume: () => resolve(status) };
}

test("a watch tells the present state, its status last, and then what changes", async () => {
  const { going, resume } = begin(session.ended.signal);
  resume();
  const stream = await going;
  core.lifecycle.touch(session.pid);
  core.sessions.close(session);
  const events = eventsIn(await text(stream));
  const types = events.map(({ type }) => type);
  expect(types.filter((type) => type === "project")).toHaveLength(2);
  expect(types.slice(types.indexOf("status"))).toEqual(["status", "process", "session_closed"]);
});

test("a watch whose session ends while it begins ends, and says so once", async () => {
  const before = listeners();
  const { going, resume } = begin(session.ended.signal);
  await breathe();
  core.sessions.close(session);
  // An error that nobody listens to yet would end the kernel.
  await breathe();
  resume();
  const stream = await going;
  await breathe();
  const events = eventsIn(await text(stream));
  expect(events.map(({ type }) => type).filter((type) => type === "session_closed")).toHaveLength(1);
  expect(events.at(-1)?.type).toBe("session_closed");
  expect(listeners()).toEqual(before);
});

test("a watch of a session that had ended before it began ends", async () => {
  core.sessions.close(session);
  const { going, resume } = begin(session.ended.signal);
  resume();
  expect(eventsIn(await text(await going)).at(-1)?.type).toBe("session_closed");
});

test("an ended watch is told nothing more", async () => {
  const { going, resume } = begin(session.ended.signal);
  resume();
  const stream = await going;
  core.sessions.close(session);
  for (const { pid } of core.table.all()) core.lifecycle.touch(pid);
  expect(eventsIn(await text(stream)).at(-1)?.type).toBe("session_closed");
});

test("watches that are cut off while they begin leave no listener behind", async () => {
  const before = listeners();
  for (let round = 0; round < 5; round += 1) {
    const { going, resume } = begin(session.ended.signal);
    await breathe();
    resume();
    const stream = await going;
    stream.destroy();
    await once(stream, "close");
  }
  expect(listeners()).toEqual(before);
});
