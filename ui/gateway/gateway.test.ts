import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { io, type Socket } from "socket.io-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { endFrame, frameHeader, gapFrame } from "../../kernel/abi/index.ts";
import { KernelClient } from "../../kernel/client/index.ts";
import { DiagnosticsReader } from "./diagnostics/diagnostics-reader.ts";
import { createApp } from "./http/app.ts";
import { Site } from "./http/site.ts";
import { loadWebFiles } from "./http/web-files.ts";
import { attachLive } from "./live/live.ts";
import type { LiveServer } from "./live/live-socket.ts";
import { Entrances, type OpenPreview } from "./preview/entrances.ts";
import { PreviewNames } from "./preview/preview-names.ts";
import { Tickets } from "./preview/tickets.ts";
import { AttemptLimit } from "./session/attempt-limit.ts";
import { csrfOf } from "./session/csrf.ts";
import { Sessions } from "./session/sessions.ts";
import type { ClientToServerEvents, ServerToClientEvents } from "./socket-events.ts";

/** The gateway's own promises, against a kernel that speaks the wire's protocol and keeps sessions in memory. */

type Reply = (request: IncomingMessage, response: ServerResponse) => unknown;

const token = `sos_${"t".repeat(43)}`;
const project = "abcdefghij";

class FakeKernel {
  readonly sessions = new Set<string>();
  readonly calls: string[] = [];
  readonly replies: Record<string, Reply> = {};
  readonly server = createServer((request, response) => void this.#serve(request, response));
  #opened = 0;

  openSession(): string {
    this.#opened += 1;
    const handle = String(this.#opened).padStart(43, "s");
    this.sessions.add(handle);
    return handle;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = request.url?.slice("/v1/".length) ?? "";
    this.calls.push(name);
    if (name === "session_open") {
      const { credential } = JSON.parse(await text(request)) as { credential: { secret: string } };
      if (credential.secret !== token && credential.secret !== "code")
        return fail(response, 403, "denied", "not valid");
      return json(response, session(this.openSession()));
    }
    const handle = String(request.headers["superos-session"]);
    if (!this.sessions.has(handle)) return fail(response, 403, "denied", "no such session");
    const reply = this.replies[name];
    if (reply !== undefined) return void reply(request, response);
    if (name === "session_inspect") return json(response, session(handle));
    if (name === "session_close") this.sessions.delete(handle);
    json(response, {});
  }
}

const rights = { user: "owner", admin: true, table: ["PROC_SPAWN"], projects: [] };
const session = (handle: string) => ({ handle, pid: 5, ...rights });
const json = (response: ServerResponse, value: unknown): void => void response.end(JSON.stringify(value));
// oxlint-disable-next-line eslint/max-params -- a line of a table
const fail = (response: ServerResponse, status: number, code: string, message: string): void =>
  void response.writeHead(status).end(JSON.stringify({ fault: { code, message, hint: "h" } }));

let folder: string;
let kernel: FakeKernel;
let client: KernelClient;
let server: Server;
let live: LiveServer;
let url: string;
let host: string;
const sockets: Socket[] = [];
const logged: unknown[] = [];

const listen = (listening: Server, at: string | number): Promise<void> =>
  new Promise((resolve) => {
    if (typeof at === "string") listening.listen(at, resolve);
    else listening.listen(at, "127.0.0.1", resolve);
  });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "gateway-"));
  kernel = new FakeKernel();
  await listen(kernel.server, join(folder, "kernel.sock"));
  mkdirSync(join(folder, "web", "assets"), { recursive: true });
  writeFileSync(join(folder, "web", "index.html"), "<!doctype html><title>SuperOS</title>");
  writeFileSync(join(folder, "web", "assets", "app-1a2b.js"), "1");
  client = new KernelClient({ socketPath: join(folder, "kernel.sock") });
  server = createServer();
  await listen(server, 0);
  const port = (server.address() as AddressInfo).port;
  host = `127.0.0.1:${port}`;
  url = `http://${host}`;
  const log = (...line: unknown[]): void => void logged.push(line);
  const tickets = new Tickets<OpenPreview>({ now: Date.now, random: () => "ticket", lifeMs: 60_000, limit: 10 });
  const entrances = new Entrances(new PreviewNames(port), tickets);
  const diagnostics = new DiagnosticsReader(client);
  const parts = { client, log, entrances, diagnostics, site: new Site(port), sessions: new Sessions({ client, log }) };
  const signInLimit = new AttemptLimit({ failures: 10, withinMs: 60_000, now: Date.now });
  const webFiles = loadWebFiles(join(folder, "web"));
  server.on("request", createApp({ ...parts, signInLimit, webFiles, version: "1" }));
  live = attachLive(server, parts);
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.disconnect();
  server.closeAllConnections();
  await live.close();
  kernel.server.closeAllConnections();
  kernel.server.close();
  client.close();
  rmSync(folder, { recursive: true, force: true });
});

const bearer = { authorization: `Bearer ${token}` };
const cookieOf = (handle: string) => ({ cookie: `superos_${host.split(":")[1]}=${handle}` });

async function ask(path: string, init: RequestInit = {}): Promise<{ status: number; headers: Headers; body: unknown }> {
  const response = await fetch(`${url}${path}`, init);
  const body = await response.text();
  return { status: response.status, headers: response.headers, body: body.startsWith("{") ? JSON.parse(body) : body };
}

/** `fetch` cannot name another host. */
function askAs(headers: Record<string, string>, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    httpRequest(`${url}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
}

describe("who may ask", () => {
  test("a request without a session is 401 with a fault", async () => {
    const answer = await ask("/api/v1/status");
    expect(answer).toMatchObject({ status: 401, body: { fault: { code: "denied", message: "not signed in" } } });
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });

  test("signing in sets a cookie that scripts cannot read, with which one is signed in", async () => {
    const answer = await ask("/api/v1/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"code":"code"}',
    });
    expect(answer).toMatchObject({ status: 201, body: rights });
    const cookie = answer.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^superos_\d+=s+1; Path=\/; HttpOnly; SameSite=Strict$/);
    const again = await ask("/api/v1/session", { headers: { cookie: cookie.split(";")[0] ?? "" } });
    expect(again.body).toEqual(answer.body);
    expect(JSON.stringify(answer.body)).not.toContain("sss");
  });

  test("a cookie alone changes nothing: the csrf header is needed, and no other origin may send it", async () => {
    const handle = kernel.openSession();
    const cookie = cookieOf(handle);
    const remove = (headers: Record<string, string>) =>
      ask(`/api/v1/projects/${project}`, { method: "DELETE", headers: { ...cookie, ...headers } });
    const csrf = { "x-superos-csrf": csrfOf(handle) };
    expect((await remove({})).status).toBe(403);
    expect((await remove({ "x-superos-csrf": "wrong" })).status).toBe(403);
    expect((await remove({ ...csrf, origin: "http://127.0.0.1:1" })).status).toBe(403);
    expect(kernel.calls).toEqual([]);
    expect((await remove({ ...csrf, origin: url })).status).toBe(204);
    expect(kernel.calls).toEqual(["project_remove"]);
  });

  test("a session that the kernel does not know is 401, and its cookie is cleared", async () => {
    const answer = await ask("/api/v1/session", { headers: cookieOf("x".repeat(43)) });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("set-cookie")).toContain("Max-Age=0");
  });

  test("a token opens one session, and another once the kernel has forgotten it", async () => {
    await ask("/api/v1/session", { headers: bearer });
    await ask("/api/v1/session", { headers: bearer });
    expect(kernel.calls).toEqual(["session_open", "session_inspect", "session_inspect"]);
    kernel.sessions.clear();
    expect((await ask("/api/v1/session", { headers: bearer })).status).toBe(200);
    expect(kernel.calls.slice(3)).toEqual(["session_inspect", "session_open", "session_inspect"]);
  });

  test("a wrong token is 401", async () => {
    const wrong = { authorization: `Bearer sos_${"x".repeat(43)}` };
    expect((await ask("/api/v1/session", { headers: wrong })).status).toBe(401);
    expect((await ask("/api/v1/session", { headers: { authorization: "Bearer nonsense" } })).status).toBe(401);
  });

  test("the eleventh failed sign-in within a minute is 429", async () => {
    const attempt = () =>
      ask("/api/v1/session", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"code":"bad"}',
      });
    for (let count = 0; count < 10; count += 1) expect((await attempt()).status).toBe(403);
    expect(await attempt()).toMatchObject({ status: 429, body: { fault: { code: "exhausted" } } });
  });

  test("another host name is refused before anything else", async () => {
    expect(await askAs({ host: "evil.example", ...bearer }, "/api/v1/session")).toBe(400);
    expect(await askAs({ host: "evil.example" }, "/")).toBe(400);
    expect(kernel.calls).toEqual([]);
  });
});

describe("every request is answered", () => {
  const post = (body: string, headers: Record<string, string> = { "content-type": "application/json" }) =>
    ask("/api/v1/tokens", { method: "POST", headers: { ...bearer, ...headers }, body });

  test.each([
    ["no JSON", "{"],
    ["a field too many", '{"name":"a","more":1}'],
  ])("a body of %s is a fault", async (_what, body) => {
    expect(await post(body)).toMatchObject({ status: 400, body: { fault: { code: "invalid" } } });
  });

  test("a body of three megabytes is 413, and its sender reads why", async () => {
    const body = JSON.stringify({ name: "x".repeat(3 << 20) });
    expect(await post(body)).toMatchObject({ status: 413, body: { fault: { code: "invalid" } } });
  });

  test("a body that is not said to be JSON is a fault", async () => {
    expect((await post('{"name":"a"}', { "content-type": "text/plain" })).status).toBe(400);
  });

  test.each([
    ["/api/v1/nothing", 404, "not_found"],
    ["/api/v1/processes/0x7", 400, "invalid"],
    ["/api/v1/processes?all=maybe", 400, "invalid"],
    ["/api/v1/processes?al=true", 400, "invalid"],
    ["/api/v1/status?x=1", 400, "invalid"],
    ["/api/v1/processes/%zz", 400, "invalid"],
    [`/api/v1/projects/${project}/content?path=../x`, 400, "invalid"],
  ])("GET %s is %i", async (path, status, code) => {
    expect(await ask(path, { headers: bearer })).toMatchObject({ status, body: { fault: { code } } });
  });

  test("a kernel that is away is 503", async () => {
    kernel.server.closeAllConnections();
    await new Promise((resolve) => kernel.server.close(resolve));
    expect(await ask("/api/v1/status", { headers: bearer })).toMatchObject({
      status: 503,
      body: { fault: { code: "unavailable" } },
    });
  });
});

describe("a route is its syscall", () => {
  const slot = { slot: 9, holder: 7, capability: "PROC_SIGNAL", from: null, delegable: true, left: null, derived: 0 };
  const user = { name: "ada", admin: false, createdAt: 1 };
  const grant = { capability: "PROC_SIGNAL", delegable: false };
  const verdict = { ok: true, rows: 3, head: "x", firstBad: null };
  const members = `/projects/${project}/members`;
  const limits = { maxMessages: 2, maxBytes: 1024, acknowledgeMs: 100, maxDeliveries: 1, schema: null };
  const counted = { depth: 0, bytes: 0, delivered: 0, dead: 0, sent: 0, received: 0, waiting: 0 };
  const queue = { ...limits, ...counted, name: "jobs", createdBy: 7, createdAt: 1, senders: [7], receivers: [] };
  const delivery = { delivery: 4, message: { n: 1 }, from: 7, sentAt: 1, deliveries: 1 };
  const thread = { tid: 1, process: 1, name: "python3", state: "S", cpuMs: 3 };
  const segment = { name: "frame", project, owner: 7, bytes: 4096, createdAt: 1, readers: [], writers: [7] };

  test.each([
    { at: "GET /processes/7/caps", name: "caps", asked: { pid: 7 }, said: { slots: [slot] } },
    {
      at: "POST /processes/7/caps",
      body: grant,
      name: "grant",
      asked: { pid: 7, ...grant },
      said: { slot },
      status: 201,
    },
    {
      at: "DELETE /processes/7/caps/9?preview=true",
      name: "revoke",
      asked: { pid: 7, slot: 9, preview: true },
      said: { slots: [slot], ends: [7] },
    },
    {
      at: "DELETE /processes/7/caps/9",
      name: "revoke",
      asked: { pid: 7, slot: 9, preview: false },
      said: { slots: [], ends: [] },
    },
    { at: `GET ${members}`, name: "member_list", asked: { project }, said: { members: [] } },
    {
      at: `PUT ${members}/ada`,
      body: { role: "viewer" },
      name: "member_set",
      asked: { project, user: "ada", role: "viewer" },
      status: 204,
    },
    { at: `DELETE ${members}/ada`, name: "member_remove", asked: { project, user: "ada" }, status: 204 },
    { at: "GET /users", name: "user_list", asked: {}, said: { users: [user] } },
    { at: "DELETE /users/ada", name: "user_remove", asked: { name: "ada" }, status: 204 },
    { at: "GET /audit/verify", name: "audit_verify", asked: {}, said: verdict },
    {
      at: "PUT /processes/7/class",
      body: { class: "background" },
      name: "nice",
      asked: { pid: 7, class: "background" },
      status: 204,
    },
    { at: "GET /processes/7/threads", name: "threads", asked: { pid: 7 }, said: { threads: [thread] } },
    {
      at: `GET /queues?project=${project}`,
      name: "queue_list",
      asked: { project },
      said: { queues: [{ ...queue, project }] },
    },
    { at: "GET /queues", name: "queue_list", asked: {}, said: { queues: [] } },
    {
      at: "POST /queues",
      body: { name: "jobs", limits: { maxMessages: 2 } },
      name: "queue_create",
      asked: { name: "jobs", limits: { maxMessages: 2 } },
      said: { ...queue, project: null },
      status: 201,
    },
    {
      at: `DELETE /queues/jobs?project=${project}`,
      name: "queue_remove",
      asked: { project, name: "jobs" },
      status: 204,
    },
    {
      at: `POST /queues/jobs/messages?project=${project}`,
      body: { messages: [{ n: 1 }, "two"] },
      name: "queue_send",
      asked: { project, name: "jobs", messages: [{ n: 1 }, "two"] },
      said: { sent: 2 },
    },
    {
      at: `POST /queues/jobs/receive?project=${project}`,
      body: { max: 2, waitMs: 30_000, acknowledge: [3] },
      name: "queue_receive",
      asked: { project, name: "jobs", max: 2, waitMs: 30_000, acknowledge: [3] },
      said: { deliveries: [delivery], late: [2] },
    },
    {
      at: `GET /queues/jobs/dead?project=${project}`,
      name: "queue_dead",
      asked: { project, name: "jobs" },
      said: { letters: [] },
    },
    {
      at: `POST /topics/build.done/events?project=${project}`,
      body: { data: { ok: true } },
      name: "event_publish",
      asked: { project, topic: "build.done", data: { ok: true } },
      said: { heard: 1 },
    },
    {
      at: `GET /segments?project=${project}`,
      name: "segment_list",
      asked: { project },
      said: { segments: [segment] },
    },
    {
      at: `POST /segments?project=${project}`,
      body: { name: "frame", bytes: 4096 },
      name: "segment_create",
      asked: { project, name: "frame", bytes: 4096 },
      said: segment,
      status: 201,
    },
    {
      at: `DELETE /segments/frame?project=${project}`,
      name: "segment_remove",
      asked: { project, name: "frame" },
      status: 204,
    },
  ])("$at", async ({ at, body, name, asked, said, status }) => {
    let seen: unknown;
    kernel.replies[name] = async (request, response) => {
      seen = JSON.parse(await text(request));
      json(response, said ?? {});
    };
    const [method = "", path = ""] = at.split(" ");
    const headers = { ...bearer, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await ask(`/api/v1${path}`, init);
    expect([answer.status, answer.body, seen]).toEqual([status ?? 200, said ?? "", asked]);
  });

  test("a one-time code is answered as the address that signs in with it", async () => {
    kernel.replies["user_create"] = (_request, response) => json(response, { user, code: "c/d" });
    kernel.replies["user_code"] = (_request, response) => json(response, { code: "e" });
    const headers = { ...bearer, "content-type": "application/json" };
    const created = await ask("/api/v1/users", { method: "POST", headers, body: '{"name":"ada"}' });
    expect(created).toMatchObject({ status: 201, body: { user, signInUrl: `${url}/signin#code=c%2Fd` } });
    const linked = await ask("/api/v1/users/ada/link", { method: "POST", headers: bearer });
    expect(linked).toMatchObject({ status: 201, body: { signInUrl: `${url}/signin#code=e` } });
  });

  test("what a path, a query or a body may not hold is refused before the kernel hears of it", async () => {
    const headers = { ...bearer, "content-type": "application/json" };
    for (const [method, path, body] of [
      ["DELETE", "/processes/7/caps/x", undefined],
      ["DELETE", "/processes/7/caps/9?preview=1", undefined],
      ["POST", "/processes/7/caps", '{"capability":"ROOT"}'],
      ["POST", "/processes/7/preview", '{"port":0}'],
      ["PUT", `/projects/${project}`, "{}"],
      ["PUT", `/projects/${project}/members/Ada`, '{"role":"owner"}'],
      ["PUT", `/projects/${project}/members/ada`, '{"role":"king"}'],
      ["POST", "/users", '{"name":"Ada"}'],
      ["PUT", "/processes/7/class", '{"class":"idle"}'],
      ["POST", "/pipelines", '{"stages":[]}'],
      ["GET", "/queues?project=none", undefined],
      ["DELETE", "/queues/UPPER", undefined],
      ["POST", "/queues/jobs/messages", '{"messages":[]}'],
      ["POST", "/queues/jobs/receive", '{"waitMs":600001}'],
      ["GET", "/events", undefined],
      ["GET", "/events?topics=a,", undefined],
      ["POST", "/topics/-/events", '{"data":1}'],
      ["POST", "/segments", '{"name":"a","bytes":1}'],
    ] as const)
      expect((await ask(`/api/v1${path}`, { method, headers, ...(body === undefined ? {} : { body }) })).status).toBe(
        400,
      );
    expect(new Set(kernel.calls)).toEqual(new Set(["session_open", "session_inspect"]));
  });
});

describe("streams", () => {
  test("a body reaches the kernel byte for byte, with the request that its address names", async () => {
    let seen: unknown;
    kernel.replies["file_write"] = async (request, response) => {
      const header: unknown = JSON.parse(decodeURIComponent(String(request.headers["superos-request"])));
      seen = [header, (await buffer(request)).length];
      json(response, { version: "v2" });
    };
    const answer = await ask(`/api/v1/projects/${project}/content?path=a/b.py`, {
      method: "PUT",
      headers: { ...bearer, "if-match": '"v1"' },
      body: new Uint8Array(3 << 20),
    });
    expect(answer).toMatchObject({ status: 200, body: { version: "v2" } });
    expect(seen).toEqual([{ project, path: "a/b.py", version: "v1" }, 3 << 20]);
  });

  test("a reply is piped with its version as ETag, and never as a page", async () => {
    kernel.replies["file_read"] = (_request, response) =>
      response.writeHead(200, { "superos-version": "v1", "content-length": "4" }).end("<p>x");
    const answer = await ask(`/api/v1/projects/${project}/content?path=a.html`, { headers: bearer });
    expect(answer).toMatchObject({ status: 200, body: "<p>x" });
    expect(answer.headers.get("etag")).toBe('"v1"');
    expect(answer.headers.get("content-type")).toBe("application/octet-stream");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("a stream that the kernel cuts off ends as cut off, not as complete", async () => {
    kernel.replies["output"] = (_request, response) => {
      response.write("part");
      setImmediate(() => response.destroy());
    };
    await expect(ask("/api/v1/processes/7/output", { headers: bearer })).rejects.toThrow("terminated");
  });

  test("a client that goes takes its stream of the kernel with it", async () => {
    const closed = Promise.withResolvers<void>();
    kernel.replies["output"] = (_request, response) => {
      response.on("close", () => closed.resolve());
      response.write("part");
    };
    const abort = new AbortController();
    const response = await fetch(`${url}/api/v1/processes/7/output?follow=true`, {
      headers: bearer,
      signal: abort.signal,
    });
    expect(response.status).toBe(200);
    abort.abort();
    await closed.promise;
  });

  test("events of topics are handed on line by line as they come, until the kernel ends them", async () => {
    const heard = Promise.withResolvers<ServerResponse>();
    let asked: unknown;
    kernel.replies["event_subscribe"] = async (request, response) => {
      asked = JSON.parse(await text(request));
      response.write('{"n":1}\n');
      heard.resolve(response);
    };
    const path = `/api/v1/events?project=${project}&topics=kernel.process,build.done`;
    const answer = await fetch(`${url}${path}`, { headers: bearer });
    expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
    expect(asked).toEqual({ project, topics: ["kernel.process", "build.done"] });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(await reader?.read()).toMatchObject({ value: '{"n":1}\n' });
    (await heard.promise).end('{"n":2}\n');
    expect(await reader?.read()).toMatchObject({ value: '{"n":2}\n' });
    expect(await reader?.read()).toMatchObject({ done: true });
  });

  test("a receiver that goes while it waits gives its place in the queue up", async () => {
    const [waiting, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    kernel.replies["queue_receive"] = (_request, response) => {
      response.once("close", gone.resolve);
      waiting.resolve();
    };
    const abort = new AbortController();
    const headers = { ...bearer, "content-type": "application/json" };
    const init = { method: "POST", headers, body: '{"waitMs":600000}', signal: abort.signal };
    const asking = fetch(`${url}/api/v1/queues/jobs/receive`, init).catch(() => undefined);
    await waiting.promise;
    abort.abort();
    expect(await asking).toBeUndefined();
    await gone.promise;
  });

  test("a refusal that comes before the body's end is read by who sends it", async () => {
    kernel.replies["project_import"] = (request, response) => {
      request.resume();
      fail(response, 409, "conflict", "name in use");
    };
    const answer = await ask("/api/v1/projects?name=a", {
      method: "POST",
      headers: bearer,
      body: new Uint8Array(8 << 20),
    });
    expect(answer).toMatchObject({ status: 409, body: { fault: { code: "conflict" } } });
  });
});

const runtimeView = (name: string, errors: string[]) => ({
  name,
  title: name,
  files: [],
  projects: [],
  errors,
  quotas: [],
  state: "ready",
  progress: null,
  problem: null,
  version: null,
  image: null,
  imageBytes: null,
});
const runtime = (errors: string[]) => ({ runtimes: [runtimeView("c", errors), runtimeView("bash", [])] });
const processView = (pid: number, said: Record<string, unknown> = {}) => ({
  pid,
  parent: 5,
  kind: "container",
  name: "cc",
  project: null,
  runtime: "c",
  image: null,
  argv: ["cc", "/project/src/a.c"],
  cwd: "/project/src",
  table: [],
  state: { phase: "exited", endedAt: 2, outcome: { kind: "code", code: 1 } },
  createdAt: 1,
  startedBy: null,
  user: "owner",
  endpoint: null,
  class: "foreground",
  tty: null,
  container: null,
  usage: null,
  output: { stdoutBytes: 0, stderrBytes: 60 },
  ...said,
});
const sampleStatus = {
  instance: "i",
  version: "1",
  generation: 1,
  startedAt: 1,
  engine: { state: "up", version: "1", apiVersion: "1" },
  services: [],
  processes: { running: 0, total: 0 },
  pool: { ready: 0, shapes: 0, hits: 0, misses: 0 },
  machine: { cores: 1, memoryBytes: 1 },
  controls: [],
};
const framed = (type: "stdout" | "stderr", content: string): Buffer =>
  Buffer.concat([frameHeader(type, Buffer.byteLength(content)), Buffer.from(content)]);
const ended = endFrame(new TextEncoder().encode('{"kind":"code","code":1}'));

describe("what is wrong in a process's output", () => {
  const wrong = "a.c:3:5: error: no [-Wx]\n/usr/x.h:1:2: note: here\n";
  let asked: unknown;
  const outputs = (view: unknown, ...frames: Uint8Array[]): void => {
    kernel.replies["inspect"] = (_request, response) => json(response, view);
    kernel.replies["runtime_list"] = (_request, response) => json(response, runtime(["gcc"]));
    kernel.replies["output"] = async (request, response) => {
      asked = JSON.parse(await text(request));
      response.end(Buffer.concat(frames));
    };
  };
  const read = () => ask("/api/v1/processes/7/diagnostics", { headers: bearer });

  test("is told with the paths of the project, from where the process ran", async () => {
    outputs(processView(7), framed("stderr", wrong.slice(0, 9)), framed("stderr", wrong.slice(9)), ended);
    const nothing = { trace: [], family: "gcc" };
    expect(await read()).toMatchObject({
      status: 200,
      body: {
        diagnostics: [
          { ...nothing, kind: "error", message: "no", code: "-Wx", file: "src/a.c", line: 3, column: 5 },
          { ...nothing, kind: "note", message: "here", code: null, file: "/usr/x.h", line: 1, column: 2 },
        ],
        truncated: false,
      },
    });
    expect(asked).toEqual({ pid: 7, stdout: 0, stderr: 0, follow: true });
  });

  test("is read from the last MiB, from the beginning of a line, and what was left out is told", async () => {
    const output = { stdoutBytes: 0, stderrBytes: 5 << 20 };
    const state = { phase: "running", startedAt: 1 };
    outputs(processView(7, { output, state }), framed("stderr", "b.c:1:1: error: cut\n"), framed("stderr", wrong));
    const { body } = await read();
    expect(body).toMatchObject({ diagnostics: [{ file: "src/a.c" }, { file: "/usr/x.h" }], truncated: true });
    expect(asked).toEqual({ pid: 7, stdout: 0, stderr: 4 << 20, follow: false });
  });

  test("more than a MiB that comes is cut, and what lies before a gap does not count", async () => {
    const filler = framed("stderr", `${"x".repeat(1023)}\n`.repeat(1000));
    outputs(processView(7), framed("stderr", wrong), filler, filler, framed("stderr", "b.c:1:1: error: last\n"), ended);
    expect((await read()).body).toMatchObject({ diagnostics: [{ message: "last" }], truncated: true });
    outputs(
      processView(7),
      framed("stderr", wrong),
      gapFrame(9, 9),
      framed("stderr", "x\nb.c:1:1: error: last\n"),
      ended,
    );
    expect((await read()).body).toMatchObject({ diagnostics: [{ message: "last" }], truncated: true });
  });

  test("is nothing for a runtime that names no family", async () => {
    outputs(processView(7, { runtime: "bash" }), framed("stderr", wrong), ended);
    expect((await read()).body).toEqual({ diagnostics: [], truncated: false });
    outputs(processView(7, { runtime: null }), framed("stderr", wrong), ended);
    expect((await read()).body).toEqual({ diagnostics: [], truncated: false });
  });

  test("is refused to who may not read the output, and to who names no process", async () => {
    outputs(processView(7));
    kernel.replies["output"] = (_request, response) => fail(response, 403, "denied", "not yours");
    expect(await read()).toMatchObject({ status: 403, body: { fault: { message: "not yours" } } });
    expect((await ask("/api/v1/processes/x/diagnostics", { headers: bearer })).status).toBe(400);
    expect((await ask("/api/v1/processes/7/diagnostics?all=1", { headers: bearer })).status).toBe(400);
  });

  test("a file that is named without its folder is looked for in the project, as far as the session may look", async () => {
    const trace = 'Exception in thread "main" a.B: no\n\tat org.app.Main.main(Main.java:7)\n';
    const view = processView(7, { argv: ["java"], project: { id: project, name: "p" } });
    outputs(view, framed("stderr", trace), ended);
    kernel.replies["runtime_list"] = (_request, response) => json(response, runtime(["java"]));
    const entry = (name: string, kind: string) => ({ name, kind, bytes: 1, modifiedAt: 1 });
    kernel.replies["file_list"] = async (request, response) => {
      const { path } = JSON.parse(await text(request)) as { path: string };
      const entries = path === "" ? [entry("src", "directory")] : [entry("Main.java", "file")];
      json(response, { entries, truncated: false });
    };
    expect((await read()).body).toMatchObject({ diagnostics: [{ file: "src/Main.java", line: 7 }] });
    kernel.replies["file_list"] = (_request, response) => fail(response, 403, "denied", "no");
    expect((await read()).body).toMatchObject({ diagnostics: [{ file: "org/app/Main.java", line: 7 }] });
  });

  test("many who ask at once are all answered", async () => {
    outputs(processView(7), framed("stderr", wrong), ended);
    const answers = await Promise.all(Array.from({ length: 20 }, read));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });
});

describe("the web UI", () => {
  test("hashed files are cached for good, and every address inside the application is its page", async () => {
    const asset = await ask("/assets/app-1a2b.js");
    expect(asset.headers.get("cache-control")).toContain("immutable");
    const page = await ask("/processes/7", { headers: { accept: "text/html" } });
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining("<title>SuperOS") });
    expect(page.headers.get("cache-control")).toBe("no-cache");
    expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(page.headers.get("x-powered-by")).toBeNull();
  });

  test("a file that is not there is 404 where no page is asked for, and no path leads out", async () => {
    expect((await ask("/assets/gone.js")).status).toBe(404);
    expect(await askAs({ accept: "image/png" }, "/../../etc/passwd")).toBe(404);
  });

  test("health needs no session, and the OpenAPI document does", async () => {
    expect(await ask("/healthz")).toMatchObject({ status: 200, body: { ok: true } });
    expect((await ask("/openapi.json")).status).toBe(401);
    expect(await ask("/openapi.json", { headers: bearer })).toMatchObject({ status: 200, body: { openapi: "3.1.0" } });
  });
});

describe("live", () => {
  type Live = Socket<ServerToClientEvents, ClientToServerEvents>;
  const connect = (options: Record<string, unknown>): Live => {
    const socket: Live = io(url, { forceNew: true, reconnection: false, transports: ["websocket"], ...options });
    sockets.push(socket);
    return socket;
  };
  const watching: Reply = (_request, response) => {
    response.write('{"type":"reaped","pid":9}\n');
  };
  const entry = (socket: Live): Promise<unknown> =>
    new Promise((resolve) => {
      socket.once("connect", () => resolve("connected"));
      socket.once("connect_error", (error) => resolve("data" in error ? error.data : "refused"));
    });

  test("a token connects and hears events; a wrong one is told the fault", async () => {
    kernel.replies["watch"] = watching;
    const socket = connect({ auth: { token } });
    const event = await new Promise((resolve) => socket.once("event", resolve));
    expect(event).toEqual({ type: "reaped", pid: 9 });
    expect(await entry(connect({ auth: { token: "sos_wrong" } }))).toMatchObject({ code: "denied" });
  });

  test("a cookie connects from our own pages alone", async () => {
    kernel.replies["watch"] = watching;
    const cookie = cookieOf(kernel.openSession());
    expect(await entry(connect({ extraHeaders: { ...cookie, origin: url } }))).toBe("connected");
    expect(await entry(connect({ extraHeaders: { ...cookie, origin: "http://127.0.0.1:1" } }))).toBe("refused");
    expect(await entry(connect({ extraHeaders: cookie }))).toMatchObject({ code: "denied" });
  });

  test("output comes whole, in order, with its offsets, and ends with the outcome", async () => {
    kernel.replies["watch"] = watching;
    const bytes = 3 << 20;
    kernel.replies["output"] = (_request, response) => {
      for (let at = 0; at < bytes; at += 65_536) {
        response.write(frameHeader("stdout", 65_536));
        response.write(Buffer.alloc(65_536, at / 65_536));
      }
      response.end(endFrame(new TextEncoder().encode('{"kind":"code","code":3}')));
    };
    const socket = connect({ auth: { token } });
    let next = 100;
    const outcome = new Promise((resolve) => socket.once("output_end", (_pid, ended) => resolve(ended)));
    socket.on("output", (...[, , offset, data, ack]) => {
      expect(offset).toBe(next);
      next += data.byteLength;
      ack();
    });
    const pid = 7 as never;
    await expect(socket.emitWithAck("output_open", { pid, stdout: 100, stderr: 0 })).resolves.toEqual({ ok: true });
    await expect(outcome).resolves.toEqual({ kind: "code", code: 3 });
    expect(next).toBe(100 + bytes);
  });

  test("a client that does not acknowledge holds its own stream back, and its end frees the kernel's", async () => {
    kernel.replies["watch"] = watching;
    let written = 0;
    const closed = Promise.withResolvers<void>();
    kernel.replies["output"] = (_request, response) => {
      const piece = Buffer.concat([frameHeader("stdout", 65_536), Buffer.alloc(65_536)]);
      const write = (): void => {
        do written += piece.length;
        while (response.write(piece));
      };
      response.on("drain", write).on("close", () => closed.resolve());
      write();
    };
    const socket = connect({ auth: { token } });
    let received = 0;
    const full = new Promise<void>((resolve) =>
      socket.on("output", (...[, , , data]) => {
        received += data.byteLength;
        if (received >= 1 << 20) resolve();
      }),
    );
    const pid = 7 as never;
    await socket.emitWithAck("output_open", { pid, stdout: 0, stderr: 0 });
    await full;
    // A round trip later nothing more has come.
    await expect(socket.emitWithAck("output_open", { pid, stdout: 0, stderr: 0 })).resolves.toMatchObject({
      fault: { code: "conflict" },
    });
    expect(received).toBeLessThan((1 << 20) + (256 << 10));
    expect(written).toBeLessThan(8 << 20);
    socket.disconnect();
    await closed.promise;
  });

  test("what was wrong is told when a process ends badly, and of no other end", async () => {
    const line = (event: unknown): string => `${JSON.stringify(event)}\n`;
    const end = (pid: number, outcome: unknown) => ({
      type: "process",
      process: processView(pid, { state: { phase: "exited", endedAt: 2, outcome } }),
    });
    const status = { type: "status", status: sampleStatus };
    kernel.replies["inspect"] = async (request, response) => {
      const { pid } = JSON.parse(await text(request)) as { pid: number };
      if (pid === 9) return fail(response, 404, "not_found", "reaped");
      json(response, processView(pid));
    };
    kernel.replies["runtime_list"] = (_request, response) => json(response, runtime(["gcc"]));
    kernel.replies["output"] = (_request, response) =>
      response.end(Buffer.concat([framed("stderr", "a.c:3:5: error: no\n"), ended]));
    kernel.replies["watch"] = (_request, response) => {
      const bad = { kind: "code", code: 2 };
      const events = [end(7, bad), status, end(7, bad), end(8, { kind: "code", code: 0 }), end(9, bad), end(10, bad)];
      for (const event of [...events, end(10, bad)]) response.write(line(event));
    };
    const socket = connect({ auth: { token } });
    const heard: unknown[] = [];
    await new Promise<void>((resolve) =>
      socket.on("diagnostics", (pid, { diagnostics }) => {
        heard.push([pid, diagnostics[0]?.file]);
        resolve();
      }),
    );
    await ask("/healthz");
    expect(heard).toEqual([[10, "src/a.c"]]);
  });

  test("what a client sends wrongly is a fault, and the connection lives", async () => {
    kernel.replies["watch"] = watching;
    const socket = connect({ auth: { token } });
    for (const wrong of [{}, { pid: -1, stdout: 0, stderr: 0 }, null, "x"]) {
      await expect(socket.emitWithAck("output_open", wrong as never)).resolves.toMatchObject({
        fault: { code: "invalid" },
      });
    }
    socket.emit("output_open", ...([] as never as [never, never]));
    expect(socket.connected).toBe(true);
  });

  test("a session that ends ends its connections, and a kernel that dies lets its clients come back", async () => {
    const reasons: string[] = [];
    for (const last of ['{"type":"session_closed"}\n', ""]) {
      kernel.replies["watch"] = (_request, response) => response.end(last);
      const socket = connect({ auth: { token } });
      reasons.push(await new Promise((resolve) => socket.once("disconnect", resolve)));
    }
    expect(reasons).toEqual(["io server disconnect", "transport close"]);
  });
});
