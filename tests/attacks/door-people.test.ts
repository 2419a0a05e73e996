import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type ProcessView, type ProjectView, slotViewSchema } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { Instance } from "../setup/instance.ts";
import {
  accepted,
  asJson,
  bearer,
  type Browser,
  createToken,
  faultOf,
  importProject,
  inspect,
  kill,
  outcomeOf,
  outputOf,
  processes,
  projects,
  python,
  restartsOf,
  send,
  type Sent,
  sessionView,
  signIn,
  spawn,
  spawnBody,
} from "../system/caller.ts";
import { waitFor } from "../setup/wait-for.ts";
import { addPerson, type Person, setRole } from "../system/person.ts";
import { wire } from "./door-wire.ts";
import { capsOf, grantRequest, previewRequest, revoke, revokeRequest, slotOf } from "../system/slots.ts";

/**
 * The HTTP API from outside: somebody who claims to be another, and somebody with a small role who wants a greater one.
 * Tried here: the kernel's own headers from outside, handles as bearers, preview handles as cookies, cookies under
 * another name or twice, two authorizations; a stranger and a viewer at every route about a project, a process, a slot;
 * roles that raise themselves, accounts, the audit log, others' tokens, slots of the root and of other sessions.
 */

let instance: Instance;
let project: ProjectView;
let victim: ProcessView;
let browser: Browser;
let stranger: Person;
let viewer: Person;
let runner: Person;

beforeAll(async () => {
  instance = await Instance.start();
  project = await importProject(instance, "p", rawArchive({ name: "a", content: "one" }));
  victim = await spawn(instance, {
    argv: ["sleep", "3600"],
    project: project.id,
    table: ["MEM:64Mi", "CPU:0.2", "FS_READ:/project", "NET_BIND:localhost:8000", "PROC_SIGNAL"],
  });
  browser = await signIn(instance);
  [stranger, viewer, runner] = [
    await addPerson(instance, "stranger"),
    await addPerson(instance, "viewer"),
    await addPerson(instance, "runner"),
  ];
  await setRole(instance, { project: project.id, user: "viewer" }, "viewer");
  await setRole(instance, { project: project.id, user: "runner" }, "runner");
});
afterAll(() => instance?.remove());
/** Whatever was tried: nobody died, and what there was is there. */
async function nothingChanged(): Promise<void> {
  expect(instance.kernel.exitCode).toBe(null);
  expect(await restartsOf(instance)).toEqual({ policy: 0, gateway: 0, egress: 0 });
  expect((await inspect(instance, victim.pid)).state.phase).toBe("running");
  expect((await projects(instance)).map(({ name }) => name)).toEqual(["p"]);
  const started = (await processes(instance)).filter(({ pid }) => pid !== victim.pid);
  for (const { pid } of started) await kill(instance, pid);
  expect(started.map(({ argv }) => argv)).toEqual([]);
}
afterEach(nothingChanged);

const ownSession = sessionView.extend({ csrf: z.string() });
const handle = (): string => browser.cookie.split("=")[1] ?? "";
const cookieName = (): string => browser.cookie.split("=")[0] ?? "";

describe("somebody who is not signed in stays nobody", () => {
  test.each<[what: string, headers: () => Record<string, string>]>([
    ["with the kernel's own header", () => ({ "superos-session": handle() })],
    ["with the kernel's own request", () => ({ "superos-session": handle(), "superos-request": "{}" })],
    [
      "with names that proxies give",
      () => ({ "x-forwarded-user": "admin", "x-remote-user": "admin", "x-real-ip": "::1" }),
    ],
    ["with a session's handle as a token", () => bearer(handle())],
    ["with a token of the form alone", () => bearer(`sos_${"A".repeat(43)}`)],
    ["with a token and another scheme", () => ({ authorization: `Basic ${btoa(`admin:${instance.token}`)}` })],
    ["with a token and more behind it", () => ({ authorization: `Bearer ${instance.token} admin` })],
    ["with a token cut short", () => bearer(instance.token.slice(0, -1))],
    ["with a token in a cookie", () => ({ cookie: `${cookieName()}=${instance.token}` })],
    ["with a cookie of another port's instance", () => ({ cookie: `superos_1=${handle()}` })],
    ["with a cookie beside quotes", () => ({ cookie: `${cookieName()}="${handle()}"` })],
    ["with a cookie named in upper case", () => ({ cookie: `${cookieName().toUpperCase()}=${handle()}` })],
    ["with a handle that is a prototype", () => ({ cookie: `${cookieName()}=__proto__` })],
    ["with an empty token beside a good cookie", () => ({ authorization: "Bearer ", cookie: browser.cookie })],
  ])("%s", async (_what, headers) => {
    for (const path of ["/api/v1/session", "/api/v1/processes?all=true", "/api/v1/projects", "/openapi.json"])
      expect(await faultOf(send(instance, path, { headers: headers() }))).toMatchObject({
        status: 401,
        code: "denied",
      });
  });

  test("with a preview's handle, which opens nothing but its preview", async () => {
    const opened = z.object({ url: z.string() });
    const { url } = await accepted(opened, previewRequest(instance, victim.pid));
    const { host, pathname, search } = new URL(url);
    const entered = await send(instance, `${pathname}${search}`, { headers: { host } });
    const preview = /superos-preview=([^;]+)/.exec(entered.headers["set-cookie"]?.[0] ?? "")?.[1] ?? "";
    expect(preview).toMatch(/^[\w-]{43}$/);
    for (const headers of [{ cookie: `${cookieName()}=${preview}` }, bearer(preview), { "superos-session": preview }])
      expect((await send(instance, "/api/v1/session", { headers })).status).toBe(401);
  });

  test("with a cookie and without its proof, with another session's proof, or from another origin", async () => {
    const second = await signIn(instance);
    const body = JSON.stringify({ name: "forged" });
    const tries: Record<string, string>[] = [
      {},
      { "x-superos-csrf": second.csrf },
      { "x-superos-csrf": `${browser.csrf}, ${browser.csrf}` },
      { "x-superos-csrf": browser.csrf, origin: "null" },
      { "x-superos-csrf": browser.csrf, origin: `http://p${victim.pid}-8000.localhost:${instance.port}` },
      { "x-superos-csrf": browser.csrf, "sec-fetch-site": "cross-site" },
    ];
    for (const headers of tries) {
      const sent = { method: "POST", body, headers: { ...asJson, cookie: browser.cookie, ...headers } };
      expect(await faultOf(send(instance, "/api/v1/tokens", sent))).toMatchObject({ status: 403, code: "denied" });
    }
  });

  test("is nobody else with two credentials: the first is taken, or none", async () => {
    const { secret } = stranger;
    const request = [
      "GET /api/v1/session HTTP/1.1",
      `Host: 127.0.0.1:${instance.port}`,
      `Authorization: Bearer ${secret}`,
      `Authorization: Bearer ${instance.token}`,
      `Cookie: ${browser.cookie}`,
      "Connection: close",
    ];
    const answer = await wire(instance, `${request.join("\r\n")}\r\n\r\n`);
    expect(answer).not.toMatch(/"user":"(?!stranger)/);
  });
});

/** Every route about one project or process, with what a person would ask there. */
function routesAbout({ project: id, pid, slot }: { project: string; pid: number; slot: number }): [string, Sent][] {
  const body = (value: unknown): Sent => ({ method: "POST", headers: asJson, body: JSON.stringify(value) });
  const put = (value: unknown): Sent => ({ ...body(value), method: "PUT" });
  return [
    [`/api/v1/projects/${id}/archive`, {}],
    [`/api/v1/projects/${id}/files`, {}],
    [`/api/v1/projects/${id}/content?path=a`, {}],
    [`/api/v1/projects/${id}/content?path=b`, { method: "PUT", body: "x" }],
    [`/api/v1/projects/${id}/content?path=a`, { method: "DELETE" }],
    [`/api/v1/projects/${id}/members`, {}],
    [`/api/v1/projects/${id}/members/stranger`, put({ role: "owner" })],
    [`/api/v1/projects/${id}/members/viewer`, put({ role: "owner" })],
    [`/api/v1/projects/${id}/members/viewer`, { method: "DELETE" }],
    [`/api/v1/projects/${id}`, put({ engineRuntime: null })],
    [`/api/v1/projects/${id}`, { method: "DELETE" }],
    ["/api/v1/processes", body(spawnBody({ argv: ["true"], project: project.id, table: ["MEM:16Mi"] }))],
    [`/api/v1/processes/${pid}`, {}],
    [`/api/v1/processes/${pid}`, { method: "DELETE" }],
    [`/api/v1/processes/${pid}/wait?timeoutMs=0`, {}],
    [`/api/v1/processes/${pid}/output`, {}],
    [`/api/v1/processes/${pid}/stdin`, { method: "POST", body: "x" }],
    [`/api/v1/processes/${pid}/signal`, body({ signal: "SIGKILL" })],
    [`/api/v1/processes/${pid}/caps`, {}],
    [`/api/v1/processes/${pid}/caps`, body({ capability: "PROC_SIGNAL" })],
    [`/api/v1/processes/${pid}/caps/${slot}`, { method: "DELETE" }],
    [`/api/v1/processes/${pid}/caps/${slot}?preview=true`, { method: "DELETE" }],
    [`/api/v1/processes/${pid}/preview`, body({})],
  ];
}

describe("a person with less", () => {
  test("who is no member learns of nothing: neither project, nor process, nor slot is there", async () => {
    const { slot } = await slotOf(instance, victim.pid, "FS_READ:/project");
    for (const [path, sent] of routesAbout({ project: project.id, pid: victim.pid, slot })) {
      const own = { ...sent, headers: { ...sent.headers, ...bearer(stranger.secret) } };
      const { status, code } = await faultOf(send(instance, path, own));
      expect([sent.method ?? "GET", path, status, code]).toEqual([sent.method ?? "GET", path, 404, "not_found"]);
    }
  });

  test("who views changes nothing", async () => {
    const { slot } = await slotOf(instance, victim.pid, "FS_READ:/project");
    for (const [path, sent] of routesAbout({ project: project.id, pid: victim.pid, slot })) {
      if (sent.method === undefined || path.endsWith("/preview")) continue;
      const own = { ...sent, headers: { ...sent.headers, ...bearer(viewer.secret) } };
      const { status, code } = await faultOf(send(instance, path, own));
      expect([sent.method, path, status, code]).toEqual([sent.method, path, 403, "denied"]);
    }
  });

  test("who runs raises no role, adds nobody, and has no more in a new session", async () => {
    for (const user of ["runner", "stranger"]) {
      const raised = await setRole(runner, { project: project.id, user }, "owner");
      expect(await faultOf(raised)).toMatchObject({ status: 403, code: "denied" });
    }
    const session = await accepted(ownSession, runner.api("/api/v1/session"));
    expect(session).toMatchObject({ admin: false, projects: [{ role: "runner" }] });
    expect(session.projects[0]?.table.filter((text) => text.startsWith("FS_WRITE"))).toEqual([]);
  });

  test("who is no admin keeps out of accounts, the audit log and others' tokens", async () => {
    const { token } = await createToken(instance, "mine");
    const tries: [string, Sent][] = [
      ["/api/v1/users", { method: "POST", headers: asJson, body: JSON.stringify({ name: "made", admin: true }) }],
      ["/api/v1/users/owner/link", { method: "POST" }],
      ["/api/v1/users/viewer/link", { method: "POST" }],
      ["/api/v1/users/viewer", { method: "DELETE" }],
      ["/api/v1/audit", {}],
      ["/api/v1/audit/verify", {}],
    ];
    for (const [path, sent] of tries) {
      const own = { ...sent, headers: { ...sent.headers, ...bearer(runner.secret) } };
      const { status, code } = await faultOf(send(instance, path, own));
      expect([sent.method, path, status, code]).toEqual([sent.method, path, 403, "denied"]);
    }
    expect((await runner.api(`/api/v1/tokens/${token.id}`, { method: "DELETE" })).status).toBe(404);
    expect(await (await runner.api("/api/v1/tokens")).text()).not.toContain(token.id);
  });

  test("gives a process nothing that the person does not hold", async () => {
    for (const api of [viewer, runner])
      for (const capability of ["PROC_SPAWN", "PROC_SIGNAL", "NET_CONNECT:*", "NET_BIND:localhost"]) {
        const answer = await grantRequest(api, victim.pid, capability);
        const session = await accepted(ownSession, api.api("/api/v1/session"));
        const holds = session.projects[0]?.table.includes(capability) === true;
        expect([api.name, capability, answer.status]).toEqual([api.name, capability, holds ? 201 : 403]);
        if (answer.ok) {
          const { slot } = z.object({ slot: slotViewSchema }).parse(await answer.json());
          await revoke(api, victim.pid, slot.slot);
        }
      }
  });

  test("cannot make a grant a defect by a program that fills its box: it is there, or refused and nothing of it stays", async () => {
    const fill =
      "import os, time\nwhile True:\n  try: pid = os.fork()\n  except OSError: break\n  if pid == 0: time.sleep(3600)\nprint('full', flush=True)\ntime.sleep(3600)";
    const { pid } = await spawn(instance, {
      argv: python(fill),
      project: project.id,
      table: ["MEM:64Mi", "CPU:0.2", "PIDS:8"],
    });
    await waitFor("it is full", async () => (await outputOf(instance, pid, false)).stdout.toString() === "full\n");
    const wanted = Array.from({ length: 12 }, (_, index) => `NET_CONNECT:e${index}`);
    const answers = await Promise.all(wanted.map((capability) => grantRequest(instance, pid, capability)));
    expect([...new Set(answers.map(({ status }) => status))].filter((status) => ![201, 503].includes(status))).toEqual(
      [],
    );
    const granted = wanted.filter((_, index) => answers[index]?.status === 201);
    const held = (await capsOf(instance, pid)).map(({ capability }) => capability);
    expect(new Set(held.filter((text) => text.startsWith("NET_")))).toEqual(new Set(granted));
    await kill(instance, pid);
    await outcomeOf(instance, pid);
  });

  test("does not take the slots of a project's root, of another session, or of the kernel, whoever asks", async () => {
    const all = (await processes(instance, true)).filter(({ kind }) => kind !== "container");
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(["kernel", "service", "session", "root"]));
    for (const [api, user] of [
      [runner, "runner"],
      [instance, "owner"],
    ] as const)
      for (const { pid } of all.filter((each) => each.kind !== "session" || each.user !== user)) {
        const answer = await api.api(`/api/v1/processes/${pid}/caps`);
        const held = answer.ok ? z.object({ slots: z.array(slotViewSchema) }).parse(await answer.json()).slots : [];
        for (const { slot } of held.slice(0, 3)) {
          const { code } = await faultOf(revokeRequest(api, pid, slot));
          expect(["denied", "not_found", "bad_state"]).toContain(code);
        }
      }
  });
});
