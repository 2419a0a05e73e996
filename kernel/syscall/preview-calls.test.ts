import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseCapability, type ProjectId } from "../abi/index.ts";
import type { ProcessEntry } from "../process/process-table.ts";
import { previewCalls } from "./preview-calls.ts";
import type { SessionRecord } from "./principal.ts";
import { SampleCore } from "./sample-core.ts";

let core: SampleCore;
let project: ProjectId;
let session: SessionRecord;
let entry: ProcessEntry;
let dir: string;
beforeEach(async () => {
  core = new SampleCore();
  project = await core.project("one");
  session = core.session("alice", [project]);
  entry = core.container({ project });
  core.slots.mint(entry.pid, parseCapability("NET_BIND:localhost:80"));
  dir = join(core.home, "relay");
  mkdirSync(dir);
  await core.network.attach(entry.pid, dir);
});
afterEach(async () => {
  core.network.detach(entry.pid);
  await core[Symbol.asyncDispose]();
});

const none = { body: undefined, signal: new AbortController().signal };
const previews = (): unknown[] => core.told.filter(({ type }) => type === "preview");

/** A preview whose connection waits for the process's relay. */
async function underWay(): Promise<{ going: Promise<unknown> }> {
  const { table, lifecycle, network } = core;
  const calls = previewCalls({ table, lifecycle, network });
  const opened = await calls.preview_open({ request: { pid: entry.pid, port: null }, caller: session, ...none });
  const going = calls.preview_connect({ request: { handle: opened.handle }, caller: undefined, ...none });
  going.catch(() => undefined);
  return { going };
}

async function relayComes(): Promise<Socket> {
  const relay = connect(join(dir, "bind.sock"));
  await once(relay, "connect");
  return relay;
}

test("a preview connection is handed over while its session lives", async () => {
  const { going } = await underWay();
  await relayComes();
  expect(await going).toMatchObject({ connection: 1 });
  expect(previews()).toMatchObject([{ pid: entry.pid, session: session.pid }]);
});

test.each([
  ["its session ends", () => core.sessions.close(session)],
  ["its session loses the project", () => core.sessions.apply("alice", { scratch: [], projects: [] })],
  ["the process loses the port", () => core.slots.release(entry.pid)],
])("a preview connection under way is not handed over when %s", async (_title, happens: () => unknown) => {
  const { going } = await underWay();
  await happens();
  const relay = await relayComes();
  await expect(going).rejects.toMatchObject({ code: expect.stringMatching(/^(denied|unavailable)$/) });
  relay.resume();
  await once(relay, "close");
  expect(previews()).toEqual([]);
});
