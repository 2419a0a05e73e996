import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { memberViewSchema } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { Instance } from "../setup/instance.ts";
import {
  accepted,
  type Api,
  faultOf,
  importProject,
  inspect,
  kill,
  outcomeOf,
  processes,
  projects,
  sessionView,
  sleeper,
  spawn,
  statusOf,
} from "./caller.ts";
import { addPerson, type Person, removeMember, setRole, signedIn } from "./person.ts";

/** What one user's doings cost another, who shares nothing but the machine: nothing. */

let instance: Instance;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  instance = await Instance.start();
  alice = await addPerson(instance, "alice");
  bob = await addPerson(instance, "bob");
});
afterAll(() => instance?.remove());
afterEach(async () => {
  for (const { pid } of await processes(instance)) await kill(instance, pid);
  for (const { pid } of await processes(instance)) await outcomeOf(instance, pid);
});

const isRefused = async (api: Api): Promise<boolean> => (await api.api("/api/v1/session")).status === 401;
const newProject = (name: string): ReturnType<typeof importProject> =>
  importProject(instance, name, rawArchive({ name: "a.txt", content: "a\n" }));

/** The root below which everybody's processes without a project are. */
async function sharedRoot(api: Api): Promise<number> {
  const root = (await processes(api, true)).find(({ kind, project }) => kind === "root" && project === null);
  if (root === undefined) throw new Error("there is no such root");
  return root.pid;
}

test("a user cannot end others' processes through the root without a project", async () => {
  const { pid } = await spawn(alice, sleeper);
  const root = await sharedRoot(bob);
  expect(await faultOf(kill(bob, root))).toMatchObject({ status: 403, code: "denied" });
  expect(await faultOf(kill(bob, pid))).toMatchObject({ code: "not_found" });
  expect((await inspect(alice, pid)).state.phase).toBe("running");
});

test("an admin ends everybody's processes through the root without a project, and those of projects live on", async () => {
  const { id: project } = await newProject("apart");
  const own = await spawn(alice, sleeper);
  const other = await spawn(instance, { ...sleeper, project });
  expect((await kill(instance, await sharedRoot(instance))).ok).toBe(true);
  expect(await outcomeOf(alice, own.pid)).toMatchObject({ kind: "killed", signal: "SIGKILL" });
  expect((await inspect(instance, other.pid)).state.phase).toBe("running");
});

test("removing a project ends what is tied to sessions too, and those sessions can be signed out", async () => {
  const { id: project } = await newProject("tied");
  await setRole(instance, { project, user: "alice" }, "editor");
  const session = await signedIn(instance, { token: alice.secret });
  const { pid } = await spawn(session, { ...sleeper, project, tied: true });
  expect((await instance.api(`/api/v1/projects/${project}`, { method: "DELETE" })).ok).toBe(true);
  expect(await faultOf(instance.api(`/api/v1/processes/${pid}`))).toMatchObject({ code: "not_found" });
  expect((await statusOf(instance)).processes.running).toBe(0);
  expect(await instance.containers()).toEqual([]);
  expect((await session.signOut()).ok).toBe(true);
  expect(await isRefused(session)).toBe(true);
});

test("removing a user ends each of their sessions, also after the project of a tied process has gone", async () => {
  const carol = await addPerson(instance, "carol");
  const { id: project } = await newProject("carols");
  await setRole(instance, { project, user: "carol" }, "editor");
  const sessions = [];
  for (let each = 0; each < 3; each += 1) sessions.push(await signedIn(instance, { token: carol.secret }));
  for (const session of sessions) await spawn(session, { ...sleeper, project, tied: true });
  expect((await instance.api(`/api/v1/projects/${project}`, { method: "DELETE" })).ok).toBe(true);
  expect((await instance.api("/api/v1/users/carol", { method: "DELETE" })).ok).toBe(true);
  expect(await Promise.all([...sessions, carol].map(isRefused))).toEqual([true, true, true, true]);
  expect((await statusOf(instance)).processes.running).toBe(0);
});

test("a user who is promoted and removed in quick succession has in every session what the members' list says", async () => {
  const { id: project } = await newProject("hasty");
  const members = z.strictObject({ members: z.array(memberViewSchema) });
  const ownView = sessionView.extend({ csrf: z.string() });
  const sessions = await Promise.all([1, 2, 3].map(() => signedIn(instance, { token: alice.secret })));
  const at = { project, user: "alice" };
  for (let round = 0; round < 10; round += 1) {
    await setRole(instance, at, "viewer");
    await Promise.all([setRole(instance, at, "editor"), removeMember(instance, at)]);
    const listed = await accepted(members, instance.api(`/api/v1/projects/${project}/members`));
    const role = listed.members.find(({ user }) => user === "alice")?.role;
    for (const session of sessions) {
      const view = await accepted(ownView, session.api("/api/v1/session"));
      expect(view.projects.find((each) => each.project === project)?.role).toBe(role);
      expect((await projects(session)).some(({ id }) => id === project)).toBe(role !== undefined);
    }
  }
});

test("one user's many sign-ins end only that user's oldest sessions", async () => {
  const others = [await signedIn(instance, { token: bob.secret }), await signedIn(instance, { token: bob.secret })];
  const own = [];
  for (let each = 0; each < 60; each += 1) own.push(await signedIn(instance, { token: alice.secret }));
  expect(await Promise.all(others.map(isRefused))).toEqual([false, false]);
  const [first] = own;
  const last = own.at(-1);
  if (first === undefined || last === undefined) throw new Error("no session");
  expect(await isRefused(first)).toBe(true);
  expect(await isRefused(last)).toBe(false);
});
