import { setImmediate as breathe } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ProjectId } from "../abi/index.ts";
import type { SessionRecord } from "./principal.ts";
import { type Question, SampleCore, wholeRights } from "./sample-core.ts";

let core: SampleCore;
let project: ProjectId;
let sessions: SessionRecord[];
beforeEach(async () => {
  core = new SampleCore();
  project = await core.project("one");
  sessions = [core.session("alice"), core.session("alice", [project])];
});
afterEach(() => core[Symbol.asyncDispose]());

/** The next question, once it has been asked. */
async function asked(): Promise<Question> {
  for (let turn = 0; turn < 100; turn += 1) {
    const question = core.questions.shift();
    if (question !== undefined) return question;
    await breathe();
  }
  throw new Error("policy was asked nothing");
}

const nothing = { scratch: [], projects: [] };
/** How much each session of alice's holds below the project's root. */
const held = (): number[] => sessions.map(({ pid }) => core.slots.held(pid, core.projects.rootOf(project)).length);

test("a user who is promoted and then removed in quick succession has nothing left in any session", async () => {
  const promoted = core.members.refresh("alice");
  const removed = core.members.refresh("alice");
  (await asked()).answer(wholeRights([project]));
  (await asked()).answer(nothing);
  await Promise.all([promoted, removed]);
  expect(held()).toEqual([0, 0]);
  expect(sessions.map((session) => session.projects.size)).toEqual([0, 0]);
});

test("a user who is removed and then made a member again holds everything in every session", async () => {
  const removed = core.members.refresh("alice");
  const again = core.members.refresh("alice");
  (await asked()).answer(nothing);
  (await asked()).answer(wholeRights([project]));
  await Promise.all([removed, again]);
  const { table } = wholeRights([project]).projects[0] ?? { table: [] };
  expect(held()).toEqual([table.length, table.length]);
});

test("a sign-in while rights change gets those that come out last", async () => {
  const removed = core.members.refresh("alice");
  const signIn = core.members.open({ user: "alice", admin: false, token: null });
  (await asked()).answer(nothing);
  (await asked()).answer(nothing);
  await removed;
  expect((await signIn).projects.size).toBe(0);
});

test("policy is asked about one user once at a time, and about several users at once", async () => {
  core.session("bob");
  const going = [core.members.refresh("alice"), core.members.refresh("alice"), core.members.refresh("bob")];
  for (let turn = 0; turn < 5; turn += 1) await breathe();
  expect(core.questions).toHaveLength(2);
  for (let each = 0; each < 3; each += 1) (await asked()).answer(nothing);
  await Promise.all(going);
});

test("when policy gives no sound answer, every session of that user ends and nobody else's", async () => {
  const bob = core.session("bob");
  const going = core.members.refresh("alice");
  (await asked()).answer({ scratch: "everything" });
  await expect(going).rejects.toMatchObject({ name: "Fault" });
  expect(sessions.map(({ ended }) => ended.signal.aborted)).toEqual([true, true]);
  expect(bob.ended.signal.aborted).toBe(false);
});
