import { afterEach, beforeEach, expect, test } from "vitest";
import { projectIdSchema } from "../abi/index.ts";
import type { SessionRecord } from "./principal.ts";
import { SampleCore, wholeRights } from "./sample-core.ts";

let core: SampleCore;
beforeEach(() => {
  core = new SampleCore();
});
afterEach(() => core[Symbol.asyncDispose]());

const isOpen = ({ ended, pid }: SessionRecord): boolean => !ended.signal.aborted && core.table.has(pid);

function signIns(user: string, count: number): SessionRecord[] {
  return Array.from({ length: count }, () => {
    core.tick();
    return core.session(user);
  });
}

test("one user's many sign-ins end that user's oldest sessions and nobody else's", () => {
  const others = [core.session("bob"), core.session("carol")];
  const own = signIns("alice", 60);
  expect(others.map(isOpen)).toEqual([true, true]);
  expect(own.map(isOpen)).toEqual([...Array<boolean>(10).fill(false), ...Array<boolean>(50).fill(true)]);
});

test("a session that is used is not the oldest", () => {
  const [first, second] = signIns("alice", 50);
  core.tick();
  core.sessions.get(first?.handle);
  signIns("alice", 1);
  expect([first, second].map((session) => session !== undefined && isOpen(session))).toEqual([true, false]);
});

test("when there are as many sessions as there may be, who has most of them loses one", () => {
  const alice = signIns("alice", 50);
  const others = Array.from({ length: 95 }, (_, user) => signIns(`user-${user}`, 10)).flat();
  const bob = core.session("bob");
  expect(alice.map(isOpen)).toEqual([false, ...Array<boolean>(49).fill(true)]);
  expect([...others, bob].every(isOpen)).toBe(true);
});

test("a session with a process of a project that has gone can be closed, and its slots are gone", () => {
  const session = core.session("alice");
  const gone = projectIdSchema.parse("aaaaaaaaaa");
  const state = { phase: "exited" as const, outcome: { kind: "code" as const, code: 0 }, endedAt: core.now() };
  const { pid } = core.container({ parent: session.pid, project: gone, state });
  core.sessions.close(session);
  expect(core.table.has(session.pid)).toBe(false);
  expect(core.slots.held(session.pid)).toEqual([]);
  expect(core.table.get(pid).parent).toBe(core.projects.scratchRoot);
});

test("every session of a user ends with the user, also after one that has processes of a project that has gone", () => {
  const sessions = signIns("alice", 3);
  const [first] = sessions;
  if (first === undefined) throw new Error("no session");
  core.container({ parent: first.pid, project: projectIdSchema.parse("aaaaaaaaaa") });
  core.sessions.closeByUser("alice");
  expect(sessions.some(isOpen)).toBe(false);
});

test("new rights are there in every session of a user at once, and the last are what remains", async () => {
  const project = await core.project("one");
  const sessions = signIns("alice", 3);
  const held = (): number[] => sessions.map(({ pid }) => core.slots.held(pid, core.projects.rootOf(project)).length);
  const promoted = core.sessions.apply("alice", wholeRights([project]));
  expect(new Set(held())).toEqual(new Set([5]));
  const removed = core.sessions.apply("alice", wholeRights([]));
  expect(held()).toEqual([0, 0, 0]);
  await Promise.all([promoted, removed]);
  expect(held()).toEqual([0, 0, 0]);
});
