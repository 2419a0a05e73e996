import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import {
  asJson,
  bearer,
  type Browser,
  createToken,
  faultOf,
  importProject,
  processes,
  restartsOf,
  run,
  send,
  type Sent,
  signIn,
  spawn,
  spawnBody,
  statusOf,
} from "./caller.ts";
import { servicePid } from "./host-process.ts";
import { connected, eventsOf, type LiveClient, liveClient } from "./live-client.ts";

/** What is sent wrong, by mistake or on purpose, is refused with its reason, and nobody behind the door notices. */

let instance: Instance;
let project: string;
let ended: number;
let browser: Browser;
let services: number[];
const undo: (() => unknown)[] = [];

const servicePids = (): Promise<number[]> =>
  Promise.all([servicePid(instance, "policy"), servicePid(instance, "gateway"), servicePid(instance, "egress")]);

beforeAll(async () => {
  instance = await Instance.start();
  project = (await importProject(instance, "p", rawArchive({ name: "a.txt", content: "hello" }))).id;
  ended = (await run(instance, { argv: ["true"] })).pid;
  browser = await signIn(instance);
  services = await servicePids();
});
afterAll(() => instance.remove());
beforeEach(() => undo.splice(0));
/** Whatever was sent: nobody died of it, and nothing runs. */
async function nobodyNoticed(): Promise<void> {
  expect(instance.kernel.exitCode).toBe(null);
  expect(await servicePids()).toEqual(services);
  expect(await restartsOf(instance)).toEqual({ policy: 0, gateway: 0, egress: 0 });
  expect(await processes(instance)).toEqual([]);
  await waitFor("no container is left", async () => (await instance.containers()).length === 0);
}
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
  await nobodyNoticed();
});

const withToken = (sent: Sent = {}): Sent => ({ ...sent, headers: { ...bearer(instance.token), ...sent.headers } });
const postJson = (path: string, body: unknown): Promise<Response> => instance.post(path, body);
const spawnWith = (fields: Record<string, unknown>): Promise<Response> =>
  postJson("/api/v1/processes", { ...spawnBody({ argv: ["true"] }), ...fields });

describe("a spawn is refused", () => {
  test.for<[what: string, fields: Record<string, unknown>, status: number, code: string, why: RegExp]>([
    ["with an unknown runtime, naming those that exist", { runtime: "cobol" }, 404, "not_found", /no runtime "cobol"/],
    ["with a runtime that is a path", { runtime: "../python" }, 400, "invalid", /runtime/],
    ["with an unknown project", { project: "aaaaaaaaaa" }, 404, "not_found", /project aaaaaaaaaa/],
    ["with a project that is a path", { project: "../../etc" }, 400, "invalid", /project/],
    ["with an unknown capability", { table: ["FLY"] }, 400, "invalid", /FLY/],
    ["with a path outside of the project", { table: ["FS_READ:/etc"] }, 400, "invalid", /FS_READ/],
    ["with a path that climbs", { table: ["FS_READ:/project/../etc"] }, 400, "invalid", /FS_READ/],
    ["with a negative quota", { table: ["MEM:-1"] }, 400, "invalid", /MEM:-1/],
    ["with a quota of nothing", { table: ["PIDS:0"] }, 400, "invalid", /PIDS:0/],
    ["with a quota that is no number", { table: ["CPU:NaN"] }, 400, "invalid", /CPU:NaN/],
    [
      "with more than 64 capabilities",
      { table: Array.from({ length: 65 }, () => "PROC_SIGNAL") },
      400,
      "invalid",
      /table/,
    ],
    ["with a table that is an object", { table: { 0: "PROC_SIGNAL" } }, 400, "invalid", /table/],
    ["with files of no project", { table: ["FS_READ:/project"] }, 400, "invalid", /needs a project/],
    ["with more than the session holds", { table: ["PIDS:100000"] }, 403, "denied", /PIDS:100000/],
    ["with arguments that are one text", { argv: "true" }, 400, "invalid", /argv/],
    ["without arguments", { argv: [] }, 400, "invalid", /argv/],
    ["with a program without a name", { argv: ["", "x"] }, 400, "invalid", /name is empty/],
    ["with an argument that is a number", { argv: ["true", 1] }, 400, "invalid", /argv/],
    ["with a NUL in an argument", { argv: ["echo", "a\0b"] }, 400, "invalid", /NUL/],
    ["with 5000 arguments", { argv: Array.from({ length: 5000 }, () => "x") }, 400, "invalid", /argv/],
    ["with an argument of 128 KiB", { argv: ["echo", "x".repeat(131_072)] }, 400, "invalid", /argv/],
    [
      "with arguments of more than 1 MiB",
      { argv: Array.from({ length: 9 }, () => "x".repeat(120_000)) },
      400,
      "invalid",
      /1 MiB/,
    ],
    ["with a variable that has no name", { env: { "": "x" } }, 400, "invalid", /env/],
    ["with a variable's name that holds its value", { env: { "A=B": "x" } }, 400, "invalid", /env/],
    ["with a NUL in a variable", { env: { A: "x\0" } }, 400, "invalid", /NUL/],
    ["with a variable that is a number", { env: { A: 1 } }, 400, "invalid", /env/],
    ["with a relative directory", { cwd: "tmp" }, 400, "invalid", /absolute/],
    ["with a NUL in the directory", { cwd: "/tmp\0" }, 400, "invalid", /NUL/],
    ["with a directory that is not there", { cwd: "/nowhere" }, 404, "not_found", /no directory "\/nowhere"/],
    ["with a field that nobody knows", { privileged: true }, 400, "invalid", /privileged/],
    ["with a container's configuration", { HostConfig: { Binds: ["/:/host"] } }, 400, "invalid", /HostConfig/],
    ["with stdin that is a word", { stdin: "yes" }, 400, "invalid", /stdin/],
  ])("%s", async ([, fields, status, code, why]) => {
    const fault = await faultOf(spawnWith(fields));
    expect({ status: fault.status, code: fault.code }).toEqual({ status, code });
    expect(fault.message).toMatch(why);
    expect(fault.hint).not.toBe("");
  });

  test("with a prototype among its fields, which then is no prototype", async () => {
    const body = `{"__proto__":{"project":null},"runtime":"python","argv":["true"],"table":[]}`;
    const answer = send(instance, "/api/v1/processes", withToken({ method: "POST", body, headers: asJson }));
    expect(await faultOf(answer)).toMatchObject({ status: 400, code: "invalid" });
  });

  test("for a capability that the session lacks, naming it", async () => {
    expect(await faultOf(spawnWith({ table: ["PIDS:100000"] }))).toMatchObject({ missing: "PIDS:100000" });
  });
});

describe("a request about a process is refused", () => {
  test.for<[what: string, method: string, path: string, body: unknown, status: number, code: string]>([
    ["for a pid that never was", "GET", "/processes/999999", undefined, 404, "not_found"],
    ["for a pid of nought", "GET", "/processes/0", undefined, 400, "invalid"],
    ["for a pid that is a word", "GET", "/processes/first", undefined, 400, "invalid"],
    ["for a pid below nought", "GET", "/processes/-1", undefined, 400, "invalid"],
    ["for a pid beyond exact numbers", "GET", "/processes/9007199254740993", undefined, 400, "invalid"],
    ["for a pid of twenty digits", "GET", "/processes/99999999999999999999", undefined, 400, "invalid"],
    [
      "when it signals a pid that never was",
      "POST",
      "/processes/999999/signal",
      { signal: "SIGTERM" },
      404,
      "not_found",
    ],
    ["when it kills a pid that never was", "POST", "/processes/999999/signal", { signal: "SIGKILL" }, 404, "not_found"],
    ["when it kills the kernel", "POST", "/processes/1/signal", { signal: "SIGKILL" }, 409, "bad_state"],
    ["when it kills policy", "POST", "/processes/2/signal", { signal: "SIGKILL" }, 409, "bad_state"],
    ["when it reaps the gateway", "DELETE", "/processes/3", undefined, 409, "bad_state"],
    ["when it waits for the kernel", "GET", "/processes/1/wait?timeoutMs=1000", undefined, 409, "bad_state"],
    ["when it reads the kernel's output", "GET", "/processes/1/output", undefined, 409, "bad_state"],
    ["when it waits below nought", "GET", "/processes/1/wait?timeoutMs=-1", undefined, 400, "invalid"],
    ["when it waits for longer than may be", "GET", "/processes/1/wait?timeoutMs=600001", undefined, 400, "invalid"],
    ["when it waits for a time in exponents", "GET", "/processes/1/wait?timeoutMs=1e3", undefined, 400, "invalid"],
    ["with a parameter that nobody knows", "GET", "/processes?everything=true", undefined, 400, "invalid"],
    ["with a parameter where there are none", "GET", "/status?verbose=true", undefined, 400, "invalid"],
    ["with a flag that is neither true nor false", "GET", "/processes?all=1", undefined, 400, "invalid"],
    ["with a parameter twice", "GET", "/processes?all=true&all=false", undefined, 400, "invalid"],
    ["with audit rows below nought", "GET", "/audit?after=-5", undefined, 400, "invalid"],
    ["with more audit rows than may be", "GET", "/audit?limit=10001", undefined, 400, "invalid"],
    ["with a token's name that is a script", "POST", "/tokens", { name: "<script>" }, 400, "invalid"],
    ["with a token's id that is a path", "DELETE", "/tokens/..%2fx", undefined, 400, "invalid"],
  ])("%s", async ([, method, path, body, status, code]) => {
    const sent = body === undefined ? { method } : { method, body: JSON.stringify(body), headers: asJson };
    expect(await faultOf(send(instance, `/api/v1${path}`, withToken(sent)))).toMatchObject({ status, code });
  });

  test.each(["SIGNOPE", "0", "99", "", "SIGKILL; rm -rf /", 9, null])("when it sends the signal %j", async (signal) => {
    expect(await faultOf(postJson(`/api/v1/processes/${ended}/signal`, { signal }))).toMatchObject({
      status: 400,
      code: "invalid",
    });
  });

  test("when it signals or writes to one that has ended, or reads what it never wrote", async () => {
    const path = `/api/v1/processes/${ended}`;
    for (const signal of ["SIGTERM", "SIGKILL"]) {
      expect(await faultOf(postJson(`${path}/signal`, { signal }))).toMatchObject({ status: 409, code: "bad_state" });
    }
    const stdin = send(instance, `${path}/stdin`, withToken({ method: "POST", body: "x" }));
    expect(await faultOf(stdin)).toMatchObject({ status: 409, code: "bad_state" });
    const beyond = instance.api(`${path}/output?stdout=1`);
    expect(await faultOf(beyond)).toMatchObject({ status: 400, code: "invalid" });
  });
});

describe("a body is refused", () => {
  const spawnPath = "/api/v1/processes";
  test.each<[what: string, body: string | Buffer, headers: Record<string, string>]>([
    ["that is cut off", '{"runtime":"python"', asJson],
    ["that is empty", "", asJson],
    ["that is a word", "true", asJson],
    ["that is null", "null", asJson],
    ["that is an array", "[]", asJson],
    ["that is not UTF-8", Buffer.from([0x22, 0xff, 0xfe, 0x22]), asJson],
    ["that is nested a hundred thousand deep", "[".repeat(100_000) + "]".repeat(100_000), asJson],
    [
      "that says to be a form",
      JSON.stringify(spawnBody({ argv: ["true"] })),
      { "content-type": "application/x-www-form-urlencoded" },
    ],
    ["that says nothing of its type", JSON.stringify(spawnBody({ argv: ["true"] })), {}],
    [
      "that says to be compressed",
      JSON.stringify(spawnBody({ argv: ["true"] })),
      { ...asJson, "content-encoding": "gzip" },
    ],
  ])("%s", async (_what, body, headers) => {
    const answer = send(instance, spawnPath, withToken({ method: "POST", body, headers }));
    expect(await faultOf(answer)).toMatchObject({ status: 400, code: "invalid" });
  });

  const large = JSON.stringify({ ...spawnBody({ argv: ["true"] }), junk: "x".repeat(3 << 20) });
  test.each([
    ["that says so", {}],
    ["that does not say so", { "transfer-encoding": "chunked" }],
  ])("of more than 2 MiB %s, with 413", async (_what, headers) => {
    const length: Record<string, string> = { ...headers };
    const answer = postRaw(spawnPath, { ...asJson, ...length }, large);
    expect(await answer).toMatchObject({ status: 413, code: "invalid" });
  });

  /** `fetch` would not send the transfer encoding that is named. */
  async function postRaw(path: string, headers: Record<string, string>, body: string): ReturnType<typeof faultOf> {
    if (headers["transfer-encoding"] === undefined)
      return faultOf(send(instance, path, withToken({ method: "POST", body, headers })));
    const stream = new Blob([body]).stream();
    const { "transfer-encoding": _chunked, ...rest } = headers;
    const init = {
      method: "POST",
      body: stream,
      duplex: "half",
      headers: { ...bearer(instance.token), ...rest },
    } as const;
    return faultOf(fetch(`${instance.url}${path}`, init));
  }
});

describe("a path out of the project is refused", () => {
  const paths = [
    "..",
    "../../etc/passwd",
    "/etc/passwd",
    "a/../../x",
    "a/./b",
    "a//b",
    ".",
    "a/",
    "a\0b",
    `${"a/".repeat(3000)}a`,
  ];
  test.each(paths.map((path) => [path.length > 40 ? "of 6000 characters" : JSON.stringify(path), path]))(
    "%s",
    async (_shown, path) => {
      const query = `path=${encodeURIComponent(path)}`;
      const files = `/api/v1/projects/${project}`;
      for (const [method, route] of [
        ["GET", "files"],
        ["GET", "content"],
        ["PUT", "content"],
        ["DELETE", "content"],
      ] as const) {
        const sent = method === "PUT" ? { method, body: "x" } : { method };
        expect(await faultOf(send(instance, `${files}/${route}?${query}`, withToken(sent)))).toMatchObject({
          status: 400,
          code: "invalid",
        });
      }
    },
  );

  test("where it stands in the address", async () => {
    for (const path of [
      "/api/v1/projects/../../etc/passwd",
      "/api/v1/projects/%2e%2e%2f%2e%2e/files",
      "/../../../etc/passwd",
      "/%2e%2e/%2e%2e/etc/passwd",
    ]) {
      const reply = await send(instance, path, withToken());
      // Below the API it is refused; elsewhere it is an address of the dashboard, which is one page.
      const page = !path.startsWith("/api/") && reply.headers["content-type"] === "text/html; charset=utf-8";
      expect(page ? 404 : reply.status).toBeGreaterThanOrEqual(400);
      expect(reply.body.toString()).not.toContain("root:");
    }
    expect(await faultOf(send(instance, "/api/v1/projects/%E0%A4%A/files", withToken()))).toMatchObject({
      status: 400,
    });
  });

  test("where it is the project itself", async () => {
    const content = `/api/v1/projects/${project}/content?path=`;
    for (const method of ["GET", "DELETE"]) {
      expect(await faultOf(send(instance, content, withToken({ method })))).toMatchObject({
        status: 400,
        code: "invalid",
      });
    }
    const files = await instance.api(`/api/v1/projects/${project}/files`);
    expect(await files.json()).toMatchObject({ entries: [{ name: "a.txt" }] });
  });
});

describe("routes that there are not", () => {
  test.each([
    ["GET", "/api/v1/nope"],
    ["GET", "/api/v2/status"],
    ["GET", "/api/"],
    ["PATCH", "/api/v1/processes"],
    ["OPTIONS", "/api/v1/processes"],
    ["TRACE", "/api/v1/processes"],
    ["DELETE", "/api/v1/status"],
    ["PUT", "/api/v1/processes/1"],
    ["POST", "/healthz"],
    ["POST", "/openapi.json"],
  ])("%s %s is a 404 in JSON", async (method, path) => {
    const reply = await send(instance, path, withToken({ method }));
    expect(reply.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(await faultOf(reply)).toMatchObject({ status: 404, code: "not_found" });
  });
});

describe("who asks", () => {
  const document = z.object({
    paths: z.record(
      z.string(),
      z.record(z.string(), z.object({ operationId: z.string(), security: z.array(z.unknown()).optional() })),
    ),
  });

  test("every operation of the API document but signing in answers 401 without a credential, and with a wrong one", async () => {
    const { paths } = document.parse(await (await instance.api("/openapi.json")).json());
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId, security }]) => ({
        operationId,
        method: method.toUpperCase(),
        path,
        open: security?.length === 0,
      })),
    );
    expect(operations.filter(({ open }) => open).map(({ operationId }) => operationId)).toEqual(["signIn"]);
    expect(operations.length).toBeGreaterThan(20);
    const guarded = [
      ...operations.filter(({ open }) => !open),
      { operationId: "document", method: "GET", path: "/openapi.json" },
    ];
    const credentials: Record<string, string>[] = [
      {},
      bearer(`sos_${"A".repeat(43)}`),
      bearer("x"),
      { authorization: "Basic b3duZXI6b3duZXI=" },
      { authorization: "Bearer" },
      { cookie: "superos=x" },
    ];
    const answers = await Promise.all(
      guarded.flatMap(({ operationId, method, path }) =>
        credentials.map(async (headers) => {
          const sent = path.replace("{id}", project).replace("{pid}", String(ended));
          const reply = await send(instance, sent, { method, headers });
          const { status, code } = await faultOf(reply);
          return { operationId, headers, status, code, asks: reply.headers["www-authenticate"] };
        }),
      ),
    );
    expect(
      answers.filter(({ status, code, asks }) => status !== 401 || code !== "denied" || asks !== "Bearer"),
    ).toEqual([]);
  });

  test("health is told to everybody, and says nothing but that", async () => {
    expect((await send(instance, "/healthz")).body.toString()).toBe('{"ok":true}');
  });

  test("a removed token is refused at once, and its live connection is cut", async () => {
    const { token, secret } = await createToken(instance, "short-lived");
    const live = liveClient(instance, { token: secret });
    undo.push(() => live.disconnect());
    expect(await connected(live)).toBe("connected");
    expect((await send(instance, "/api/v1/status", { headers: bearer(secret) })).status).toBe(200);
    const removed = await send(instance, `/api/v1/tokens/${token.id}`, withToken({ method: "DELETE" }));
    expect(removed.status).toBe(204);
    expect(await faultOf(send(instance, "/api/v1/status", { headers: bearer(secret) }))).toMatchObject({
      status: 401,
      code: "denied",
    });
    await waitFor("its connection is cut", () => !live.connected);
    expect(await connected(live)).toBe("not signed in");
  });

  test("a removed token's open output stream is cut", async () => {
    const { token, secret } = await createToken(instance, "reader");
    const { pid } = await spawn(instance, { argv: ["sleep", "3600"] });
    undo.push(async () => {
      await postJson(`/api/v1/processes/${pid}/signal`, { signal: "SIGKILL" });
      await instance.api(`/api/v1/processes/${pid}/wait`);
    });
    const output = await fetch(`${instance.url}/api/v1/processes/${pid}/output?follow=true`, {
      headers: bearer(secret),
    });
    expect(output.status).toBe(200);
    const read = output.arrayBuffer().then(
      () => "whole",
      () => "cut",
    );
    expect((await send(instance, `/api/v1/tokens/${token.id}`, withToken({ method: "DELETE" }))).status).toBe(204);
    expect(await read).toBe("cut");
  });
});

describe("a browser", () => {
  const removeAll = (headers: Record<string, string>): Promise<Awaited<ReturnType<typeof send>>> =>
    send(instance, "/api/v1/tokens", {
      method: "POST",
      headers: { ...asJson, cookie: browser.cookie, ...headers },
      body: '{"name":"stolen"}',
    });
  const own = (): Record<string, string> => ({ "x-superos-csrf": browser.csrf });

  test.each<[what: string, headers: () => Record<string, string>]>([
    ["without the CSRF token", () => ({})],
    ["with an empty CSRF token", () => ({ "x-superos-csrf": "" })],
    ["with another CSRF token", () => ({ "x-superos-csrf": "A".repeat(browser.csrf.length) })],
    ["from a page of another site", () => ({ ...own(), origin: "https://evil.example" })],
    ["from a page of another port", () => ({ ...own(), origin: "http://127.0.0.1:1" })],
    ["from a page without an origin", () => ({ ...own(), origin: "null" })],
    ["from another site by the browser's own word", () => ({ ...own(), "sec-fetch-site": "cross-site" })],
  ])("changes nothing %s", async (_what, headers) => {
    expect(await faultOf(removeAll(headers()))).toMatchObject({ status: 403, code: "denied" });
    expect(JSON.stringify(await (await instance.api("/api/v1/tokens")).json())).not.toContain("stolen");
  });

  test("gets no permission for another site's page to read an answer", async () => {
    for (const method of ["GET", "OPTIONS"]) {
      const headers = {
        cookie: browser.cookie,
        origin: "https://evil.example",
        "access-control-request-method": "GET",
      };
      const reply = await send(instance, "/api/v1/projects", { method, headers });
      expect(Object.keys(reply.headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
  });

  test("cannot be signed in by another site's page", async () => {
    const body = JSON.stringify({ token: instance.token });
    const headers = { ...asJson, origin: "https://evil.example" };
    const reply = await send(instance, "/api/v1/session", { method: "POST", headers, body });
    expect(reply.headers["set-cookie"]).toBe(undefined);
    expect(await faultOf(reply)).toMatchObject({ status: 403, code: "denied" });
  });

  test("has a cookie that no script reads and no other site sends", async () => {
    const body = JSON.stringify({ token: instance.token });
    const { headers } = await send(instance, "/api/v1/session", { method: "POST", headers: asJson, body });
    expect(headers["set-cookie"]?.[0]).toMatch(
      new RegExp(`^superos_${instance.port}=[^;]{43}; Path=/; HttpOnly; SameSite=Strict$`),
    );
  });

  test.each<[what: string, credentials: () => { token?: string; cookie?: string; origin: string }]>([
    ["with the cookie", () => ({ cookie: browser.cookie, origin: "https://evil.example" })],
    ["with a token", () => ({ token: instance.token, origin: "https://evil.example" })],
    ["with the cookie from a page without an origin", () => ({ cookie: browser.cookie, origin: "null" })],
  ])("opens no live connection from a page of another site %s", async (_what, credentials) => {
    const live = liveClient(instance, credentials());
    undo.push(() => live.disconnect());
    const events = eventsOf(live);
    expect(await connected(live)).not.toBe("connected");
    expect(events).toEqual([]);
  });

  test("opens a live connection from its own page with its cookie, and none without", async () => {
    const clients: LiveClient[] = [
      liveClient(instance, { cookie: browser.cookie, origin: instance.url }),
      liveClient(instance, { cookie: browser.cookie }),
      liveClient(instance, { origin: instance.url }),
    ];
    for (const client of clients) undo.push(() => client.disconnect());
    expect(await Promise.all(clients.map(connected))).toEqual(["connected", "not signed in", "not signed in"]);
  });

  test("that signed out is signed out, and its live connection ends", async () => {
    const other = await signIn(instance);
    const live = liveClient(instance, { cookie: other.cookie, origin: instance.url });
    undo.push(() => live.disconnect());
    expect(await connected(live)).toBe("connected");
    const headers = { cookie: other.cookie, "x-superos-csrf": other.csrf };
    expect((await send(instance, "/api/v1/session", { method: "DELETE", headers })).status).toBe(204);
    expect(await faultOf(send(instance, "/api/v1/status", { headers }))).toMatchObject({ status: 401 });
    await waitFor("its connection ends", () => !live.connected);
  });
});

describe("below HTTP", () => {
  test.each(["/healthz", "/openapi.json", "/api/v1/status", "/", "/socket.io/?EIO=4&transport=polling"])(
    "%s is not served under a name that is not ours",
    async (path) => {
      for (const host of [
        "evil.example",
        `evil.example:${instance.port}`,
        "127.0.0.1",
        "127.0.0.1:1",
        `127.0.0.1.evil.example:${instance.port}`,
      ]) {
        const reply = await send(instance, path, withToken({ headers: { host } }));
        expect([400, 403]).toContain(reply.status);
      }
    },
  );

  /** Writes these bytes and returns what comes back until the other side closes. */
  async function raw(bytes: string): Promise<string> {
    const socket = connect(instance.port, "127.0.0.1");
    undo.push(() => socket.destroy());
    socket.on("error", () => undefined);
    socket.end(bytes, "latin1");
    return text(socket).catch(() => "");
  }

  test.each<[what: string, bytes: () => string]>([
    ["nonsense", () => "\u0000\u0001\u0002 hello\r\n\r\n"],
    ["a request without a host", () => "GET /healthz HTTP/1.1\r\n\r\n"],
    [
      "two lengths",
      () =>
        `POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1:${instance.port}\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
    ],
    [
      "a length and chunks",
      () =>
        `POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1:${instance.port}\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      "a header of 80 KiB",
      () => `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${instance.port}\r\nX: ${"x".repeat(80 << 10)}\r\n\r\n`,
    ],
    [
      "ten thousand headers",
      () =>
        `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${instance.port}\r\n${Array.from({ length: 10_000 }, (_, n) => `X${n}: xxxxxx\r\n`).join("")}\r\n`,
    ],
    ["an address of 80 KiB", () => `GET /${"a".repeat(80 << 10)} HTTP/1.1\r\nHost: 127.0.0.1:${instance.port}\r\n\r\n`],
  ])("%s is refused or cut off", async (_what, bytes) => {
    const answer = await raw(bytes());
    expect(answer === "" ? "400" : answer.split(" ")[1]).toMatch(/^4\d\d$/);
  });

  test("a cookie of many pairs is only a cookie", async () => {
    const cookie = `${Array.from({ length: 3000 }, (_, n) => `a${n}=b`).join("; ")}; ${browser.cookie}`;
    expect((await send(instance, "/api/v1/session", { headers: { cookie } })).status).toBe(200);
  });

  test("requests that never come to their end do not hold up others", async () => {
    const head = `POST /api/v1/processes HTTP/1.1\r\nHost: 127.0.0.1:${instance.port}\r\n`;
    const credentials = `Authorization: Bearer ${instance.token}\r\nContent-Type: application/json\r\n`;
    const beginnings = [head, `${head}${credentials}Content-Length: 100\r\n\r\n{"runtime":`, "GET /api/v1/sta"];
    const open: Socket[] = [];
    undo.push(() => open.forEach((socket) => socket.destroy()));
    for (let count = 0; count < 60; count += 1) {
      const socket = connect(instance.port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write(beginnings[count % beginnings.length] ?? "");
      open.push(socket);
    }
    expect((await statusOf(instance)).engine.state).toBe("up");
    expect((await run(instance, { argv: ["echo", "meanwhile"] })).stdout).toBe("meanwhile\n");
    expect(open.every((socket) => !socket.destroyed)).toBe(true);
  });
});

// The last: what it uses up comes back only after a minute.
test("guessing at the sign-in is stopped after ten failures, and tells nothing about what was wrong", async () => {
  const guess = (credential: Record<string, string>): ReturnType<typeof faultOf> =>
    faultOf(send(instance, "/api/v1/session", { method: "POST", headers: asJson, body: JSON.stringify(credential) }));
  const first = await guess({ code: "A".repeat(43) });
  expect(first).toMatchObject({ status: 403, code: "denied" });
  expect((await guess({ token: `sos_${"A".repeat(43)}` })).message).toBe(first.message);
  const more = await Promise.all(Array.from({ length: 30 }, () => guess({ code: "B".repeat(43) })));
  expect(more.filter(({ code }) => code === "denied").length).toBeLessThanOrEqual(8);
  expect(more.at(-1)).toMatchObject({ status: 429, code: "exhausted" });
  expect((await statusOf(instance)).services).toHaveLength(3);
});
