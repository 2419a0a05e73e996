import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type KernelEvent, memberViewSchema, type ProjectView, type Role, roles } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import {
  accepted,
  type Api,
  asJson,
  faultOf,
  importProject,
  inspect,
  kill,
  outcomeOf,
  processes,
  type Program,
  projects,
  sessionView,
  sleeper,
  spawn,
} from "./caller.ts";
import { addPerson, type Person, removeMember, setRole, signedIn } from "./person.ts";
import { capsOf, grantRequest, previewRequest, revokeRequest, slotOf } from "./slots.ts";
import { connected, eventsOf, liveClient } from "./live-client.ts";

/** What each role may do in a project, through the HTTP API, and what follows when a role changes. */

let instance: Instance;
let project: ProjectView;
let hidden: ProjectView;
const people = new Map<Role, Person>();

const person = (role: Role): Person => {
  const found = people.get(role);
  if (found === undefined) throw new Error(`nobody is ${role}`);
  return found;
};

beforeAll(async () => {
  instance = await Instance.start();
  project = await importProject(instance, "shared", rawArchive({ name: "a.txt", content: "a\n" }));
  hidden = await importProject(instance, "hidden", rawArchive({ name: "b.txt", content: "b\n" }));
  for (const role of roles) {
    people.set(role, await addPerson(instance, `the-${role}`));
    await setRole(instance, { project: project.id, user: `the-${role}` }, role);
  }
});
afterAll(() => instance?.remove());
afterEach(async () => {
  for (const { pid } of await processes(instance)) await kill(instance, pid);
  for (const { pid } of await processes(instance)) await outcomeOf(instance, pid);
});

const small = ["MEM:32Mi", "PIDS:8", "CPU:0.2"];
const ofProject = (more: Partial<Program> = {}): Program => ({
  ...sleeper,
  project: project.id,
  table: small,
  ...more,
});
const path = (rest = ""): string => `/api/v1/projects/${project.id}${rest}`;
const spawnWith =
  (...table: string[]) =>
  (by: Api): Promise<Response> =>
    by.post("/api/v1/processes", {
      project: project.id,
      runtime: "python",
      argv: ["true"],
      table: [...small, ...table],
    });
const put = (body: string): RequestInit => ({ method: "PUT", body, headers: asJson });

interface Deed {
  name: string;
  by: readonly Role[];
  /** `pid` runs in the project and holds NET_BIND:localhost:80. */
  act: (by: Api, pid: number) => Promise<Response>;
}
const changers: readonly Role[] = ["owner", "editor"];
const runners: readonly Role[] = ["owner", "editor", "runner"];

const deeds: readonly Deed[] = [
  { name: "list files", by: roles, act: (by) => by.api(path("/files")) },
  { name: "read a file", by: roles, act: (by) => by.api(path("/content?path=a.txt")) },
  { name: "take the project's archive", by: roles, act: (by) => by.api(path("/archive")) },
  {
    name: "write a file",
    by: changers,
    act: (by) => by.api(path("/content?path=new.txt"), { method: "PUT", body: "x" }),
  },
  {
    name: "remove a file",
    by: changers,
    act: async (by) => {
      await instance.api(path("/content?path=gone.txt"), { method: "PUT", body: "x" });
      return by.api(path("/content?path=gone.txt"), { method: "DELETE" });
    },
  },
  { name: "run a program that reads", by: runners, act: spawnWith("FS_READ:/project") },
  { name: "run a program without anything", by: runners, act: spawnWith() },
  { name: "run a program that connects", by: runners, act: spawnWith("NET_CONNECT:example.org:443") },
  { name: "run a program that serves", by: runners, act: spawnWith("NET_BIND:localhost:8080") },
  { name: "run a program that runs others", by: runners, act: spawnWith("PROC_SPAWN", "PROC_SIGNAL") },
  { name: "run a program that writes", by: changers, act: spawnWith("FS_READ:/project", "FS_WRITE:/project") },
  { name: "see a process", by: roles, act: (by, pid) => by.api(`/api/v1/processes/${pid}`) },
  { name: "read a process's output", by: roles, act: (by, pid) => by.api(`/api/v1/processes/${pid}/output`) },
  { name: "wait for a process", by: roles, act: (by, pid) => by.api(`/api/v1/processes/${pid}/wait?timeoutMs=0`) },
  { name: "see a process's slots", by: roles, act: (by, pid) => by.api(`/api/v1/processes/${pid}/caps`) },
  { name: "open a process's preview", by: roles, act: (by, pid) => previewRequest(by, pid) },
  { name: "send a signal", by: runners, act: (by, pid) => kill(by, pid, "SIGUSR1") },
  { name: "end a process", by: runners, act: (by, pid) => kill(by, pid) },
  { name: "hand a capability to a process", by: runners, act: (by, pid) => grantRequest(by, pid, "PROC_SIGNAL") },
  {
    name: "take a capability from a process",
    by: runners,
    act: async (by, pid) => revokeRequest(by, pid, (await slotOf(instance, pid, "NET_BIND:localhost:80")).slot),
  },
  { name: "see the members", by: roles, act: (by) => by.api(path("/members")) },
  {
    name: "set a member's role",
    by: ["owner"],
    act: (by) => setRole(by, { project: project.id, user: "the-viewer" }, "viewer"),
  },
  {
    name: "change the project's engine runtime",
    by: ["owner"],
    act: (by) => by.api(path(), put(JSON.stringify({ engineRuntime: null }))),
  },
  { name: "see who has an account, to make members of", by: roles, act: (by) => by.api("/api/v1/users") },
  { name: "add a user", by: [], act: (by) => by.post("/api/v1/users", { name: "mallory" }) },
  { name: "remove a user", by: [], act: (by) => by.api("/api/v1/users/the-owner", { method: "DELETE" }) },
  { name: "have a user's sign-in link", by: [], act: (by) => by.post("/api/v1/users/owner/link", {}) },
  { name: "read the audit log", by: [], act: (by) => by.api("/api/v1/audit") },
  { name: "verify the audit log", by: [], act: (by) => by.api("/api/v1/audit/verify") },
];

describe.each(roles)("the %s of a project", (role) => {
  test("sees its role, and that project alone", async () => {
    const session = await accepted(sessionView.extend({ csrf: z.string() }), person(role).api("/api/v1/session"));
    expect(session).toMatchObject({ user: `the-${role}`, admin: false });
    expect(session.projects.map((seen) => [seen.project, seen.role])).toEqual([[project.id, role]]);
    expect((await projects(person(role))).map(({ id }) => id)).toEqual([project.id]);
  });

  test.each(deeds.map((deed) => [deed.by.includes(role) ? "may" : "may not", deed.name, deed] as const))(
    "%s %s",
    async (may, _name, { act }) => {
      const { pid } = await spawn(instance, ofProject({ table: [...small, "NET_BIND:localhost:80"] }));
      const reply = await act(person(role), pid);
      const answer = reply.ok ? "done" : (await faultOf(reply)).code;
      expect(answer).toBe(may === "may" ? "done" : "denied");
    },
  );

  test("finds no other project, nor anything that runs in it", async () => {
    const by = person(role);
    const { pid } = await spawn(instance, {
      ...sleeper,
      project: hidden.id,
      table: [...small, "NET_BIND:localhost:80"],
    });
    const slot = (await slotOf(instance, pid, "NET_BIND:localhost:80")).slot;
    const other = `/api/v1/projects/${hidden.id}`;
    const one = `/api/v1/processes/${pid}`;
    const replies = await Promise.all([
      by.api(`${other}/files`),
      by.api(`${other}/content?path=b.txt`),
      by.api(`${other}/content?path=b.txt`, { method: "PUT", body: "x" }),
      by.api(`${other}/archive`),
      by.api(`${other}/members`),
      by.api(other, put(JSON.stringify({ engineRuntime: null }))),
      by.api(other, { method: "DELETE" }),
      setRole(by, { project: hidden.id, user: by.name }, "owner"),
      removeMember(by, { project: hidden.id, user: "owner" }),
      by.post("/api/v1/processes", { project: hidden.id, runtime: "python", argv: ["true"], table: small }),
      by.api(one),
      by.api(`${one}/output`),
      by.api(`${one}/wait`),
      by.api(`${one}/caps`),
      by.api(one, { method: "DELETE" }),
      by.api(`${one}/stdin`, { method: "POST", body: "x", headers: { "content-type": "application/octet-stream" } }),
      previewRequest(by, pid),
      grantRequest(by, pid, "PROC_SIGNAL"),
      revokeRequest(by, pid, slot),
      kill(by, pid),
    ]);
    for (const reply of replies) expect(await faultOf(reply), reply.url).toMatchObject({ code: "not_found" });
    expect((await processes(by, true)).filter((each) => each.project?.id === hidden.id)).toEqual([]);
    expect((await inspect(instance, pid)).state.phase).toBe("running");
  });
});

const members = async (): Promise<[string, string][]> => {
  const schema = z.strictObject({ members: z.array(memberViewSchema) });
  const found = await accepted(schema, instance.api(path("/members")));
  return found.members.map(({ user, role }) => [user, role]);
};

describe("a role that changes", () => {
  let anna: Person;
  beforeAll(async () => {
    anna = await addPerson(instance, "anna");
  });
  const become = async (role: Role): Promise<void> => {
    expect((await setRole(person("owner"), { project: project.id, user: "anna" }, role)).status).toBe(204);
    expect(await members()).toContainEqual(["anna", role]);
  };
  const reading = [...small, "FS_READ:/project"];
  const writing = [...reading, "FS_WRITE:/project"];

  test("is what open sessions have at once, more or less of it", async () => {
    const browser = await signedIn(instance, { token: anna.secret });
    for (const by of [anna, browser])
      expect(await faultOf(by.api(path("/files")))).toMatchObject({ code: "not_found" });
    await become("viewer");
    for (const by of [anna, browser]) {
      expect((await by.api(path("/files"))).status).toBe(200);
      expect(await faultOf(spawnWith()(by))).toMatchObject({ code: "denied", missing: "PROC_SPAWN:python" });
    }
    await become("runner");
    for (const by of [anna, browser]) {
      expect((await spawnWith("FS_READ:/project")(by)).status).toBe(201);
      expect(await faultOf(spawnWith("FS_READ:/project", "FS_WRITE:/project")(by))).toMatchObject({
        code: "denied",
        missing: "FS_WRITE:/project",
      });
    }
    await become("editor");
    for (const by of [anna, browser])
      expect((await spawnWith("FS_READ:/project", "FS_WRITE:/project")(by)).status).toBe(201);
  });

  test("takes what was derived from what is gone, and leaves the rest running", async () => {
    await become("editor");
    const { pid: writer } = await spawn(anna, ofProject({ table: writing }));
    const { pid: reader } = await spawn(anna, ofProject({ table: [...reading, "PROC_SPAWN"] }));
    const { pid: mine } = await spawn(instance, ofProject({ table: writing }));
    await become("runner");
    expect(await outcomeOf(instance, writer)).toMatchObject({ kind: "revoked" });
    expect((await inspect(instance, reader)).state.phase).toBe("running");
    await become("viewer");
    expect(await outcomeOf(instance, reader)).toMatchObject({ kind: "revoked" });
    expect((await inspect(instance, mine)).state.phase).toBe("running");
  });

  test("leaves alone what an earlier session started: that is the project's", async () => {
    await become("editor");
    const browser = await signedIn(instance, { token: anna.secret });
    const { pid } = await spawn(browser, ofProject({ table: writing }));
    await browser.signOut();
    await become("viewer");
    expect((await inspect(instance, pid)).state.phase).toBe("running");
    expect(new Set((await capsOf(instance, pid)).map(({ from }) => from?.holder))).toEqual(new Set([project.root]));
  });

  test("is what the watch of a session shows: the projects of its user and what runs there, and no others", async () => {
    await removeMember(instance, { project: project.id, user: "anna" });
    const { pid: before } = await spawn(instance, ofProject());
    const live = liveClient(instance, { token: anna.secret });
    try {
      const events = eventsOf(live);
      expect(await connected(live)).toBe("connected");
      await waitFor("the status is told", () => events.some(({ type }) => type === "status"));
      const toldOf = (pid: number): KernelEvent[] =>
        events.filter(
          (event) =>
            (event.type === "process" && event.process.pid === pid) || (event.type === "reaped" && event.pid === pid),
        );
      expect(events.filter(({ type }) => type === "project")).toEqual([]);

      await become("viewer");
      await waitFor("the project and what runs there are told", () =>
        [before, project.root].every((pid) => toldOf(pid).length > 0),
      );
      expect(events.flatMap((event) => (event.type === "project" ? [event.project.id] : []))).toEqual([project.id]);

      const { pid: unseen } = await spawn(instance, { ...sleeper, project: hidden.id, table: small });
      const { pid: alone } = await spawn(instance, { ...sleeper, table: small });
      const { pid: seen } = await spawn(instance, ofProject());
      await kill(instance, unseen);
      await outcomeOf(instance, unseen);
      await instance.api(`/api/v1/processes/${unseen}`, { method: "DELETE" });
      await kill(instance, seen);
      await waitFor("the end of what it sees is told", () =>
        toldOf(seen).some((event) => event.type === "process" && event.process.state.phase === "exited"),
      );
      expect([...toldOf(unseen), ...toldOf(alone)]).toEqual([]);
      expect(JSON.stringify(events)).not.toContain(hidden.id);

      await removeMember(instance, { project: project.id, user: "anna" });
      await waitFor("the project is told to be gone", () =>
        events.some((event) => event.type === "project_removed" && event.id === project.id),
      );
      expect(toldOf(before).at(-1)).toMatchObject({ type: "reaped" });
      const count = events.length;
      const { pid: after } = await spawn(instance, ofProject());
      await kill(instance, after);
      await outcomeOf(instance, after);
      expect(events.slice(count).filter(({ type }) => type !== "status")).toEqual([]);
    } finally {
      live.close();
    }
  });
});

describe("a user who is removed", () => {
  test("is signed out everywhere, in the middle of a stream, and what they started lives on", async () => {
    const bert = await addPerson(instance, "bert");
    await setRole(instance, { project: project.id, user: "bert" }, "editor");
    const browser = await signedIn(instance, { token: bert.secret });
    const table = [...small, "FS_READ:/project"];
    const [{ pid }, { pid: tied }] = [
      await spawn(bert, ofProject({ table })),
      await spawn(browser, ofProject({ table, tied: true })),
    ];
    const following = await bert.api(`/api/v1/processes/${pid}/output?follow=true`);
    const read = following.arrayBuffer().then(
      () => "over",
      () => "over",
    );
    expect((await instance.api("/api/v1/users/bert", { method: "DELETE" })).status).toBe(204);
    expect(await read).toBe("over");
    for (const by of [bert, browser]) expect((await by.api("/api/v1/status")).status).toBe(401);
    expect(await outcomeOf(instance, tied)).toMatchObject({ kind: "killed" });
    expect((await inspect(instance, pid)).state.phase).toBe("running");
    expect((await members()).map(([user]) => user)).not.toContain("bert");
  });
});

describe("the removal of a project", () => {
  test.each(["viewer", "runner", "editor"] as const)("is refused to its %s", async (role) => {
    expect(await faultOf(person(role).api(path(), { method: "DELETE" }))).toMatchObject({ code: "denied" });
    expect((await projects(instance)).map(({ id }) => id)).toContain(project.id);
  });

  test("is its owner's, and ends what runs there", async () => {
    const { pid } = await spawn(person("runner"), ofProject());
    expect((await person("owner").api(path(), { method: "DELETE" })).status).toBe(204);
    for (const by of [instance, person("runner")]) {
      expect(await faultOf(by.api(path("/files")))).toMatchObject({ code: "not_found" });
      expect(await faultOf(by.api(`/api/v1/processes/${pid}`))).toMatchObject({ code: "not_found" });
    }
    expect((await projects(person("viewer"))).length).toBe(0);
  });
});
