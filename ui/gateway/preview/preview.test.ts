import { spawn, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
  type ServerResponse,
} from "node:http";
import { connect, createServer as createNetServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, type Duplex } from "node:stream";
import { buffer, json, text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

/**
 * Previews through the real gateway process: a stand-in kernel hands it real sockets over its channel, and a program
 * behind them serves what a program may serve.
 */

const token = `sos_${"t".repeat(43)}`;
const bearer = { authorization: `Bearer ${token}` };
const session = { pid: 5, user: "owner", admin: true, table: [], projects: [] };
/** The ports of processes that the stand-in knows. */
const targets = [
  { pid: 12, port: 8080 },
  { pid: 13, port: 8080 },
];

interface Preview {
  pid: number;
  port: number;
  slot: number;
}

class StandInKernel {
  readonly calls: string[] = [];
  readonly previews = new Map<string, Preview>();
  readonly server = createServer((request, response) => void this.#serve(request, response));
  ready = Promise.withResolvers<void>();
  gateway: ChildProcess | undefined;
  /** Where what listens on the process's port is reached. */
  path = program.path;
  /** Takes connections from the process's relay, and leaves them unread. */
  readonly bind = createNetServer({ pauseOnConnect: true });
  socketFirst = true;
  #numbers = 0;

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = request.url?.slice("/v1/".length) ?? "";
    const asked = JSON.parse(await text(request)) as { handle: string; pid: number; port: number | null };
    const say = (value: unknown): void => void response.end(JSON.stringify(value));
    const deny = (message: string): void =>
      void response.writeHead(403).end(JSON.stringify({ fault: { code: "denied", message, hint: "h" } }));
    if (name === "gateway_ready") this.ready.resolve();
    if (name === "gateway_ready") return say({});
    this.calls.push(name);
    if (name === "session_open") return say({ ...session, handle: "s".repeat(43) });
    if (name === "session_inspect") return say({ ...session, handle: "s".repeat(43) });
    if (name === "preview_open") {
      const handle = randomBytes(32).toString("base64url");
      this.#numbers += 1;
      const preview = { pid: asked.pid, port: asked.port ?? 8080, slot: 100 + this.#numbers };
      this.previews.set(handle, preview);
      return say({ handle, pid: preview.pid, port: preview.port });
    }
    const preview = this.previews.get(asked.handle);
    if (preview === undefined) return deny("this preview is over");
    if (name === "preview_inspect") return say({ pid: preview.pid, port: preview.port });
    this.#numbers += 1;
    const connection = this.#numbers;
    relay(connect(join(folder, "bind.sock")), connect(this.path));
    const [socket] = (await once(this.bind, "connection")) as [Socket];
    const hand = (): void => {
      const message = { type: "preview", connection, pid: preview.pid, slots: [preview.slot], session: session.pid };
      this.gateway?.send(message, socket);
    };
    if (this.socketFirst) hand();
    else setTimeout(hand, 50);
    say({ connection });
  }

  cut(slots: number[], pids: number[]): void {
    this.gateway?.send({ type: "cut", slots, pids });
  }
}

/** The program: by default it tells what it was asked. */
const program = {
  path: "",
  server: createServer({ keepAliveTimeout: 60_000 }),
  handle: (_request: IncomingMessage, response: ServerResponse): unknown => response.end(),
  seen: [] as IncomingMessage[],
};
const echo = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const body = await buffer(request);
  const { method, url, headers, rawHeaders } = request;
  response.end(JSON.stringify({ method, url, headers, rawHeaders, body: body.toString("latin1") }));
};

/** Joins two connections as the process's relay does. */
function relay(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on("error", () => to.destroy()).on("close", () => to.destroySoon());
    from.pipe(to);
  }
}

let folder: string;
let kernel: StandInKernel;
let port: number;

async function freePort(): Promise<number> {
  const server = createNetServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const found = (server.address() as AddressInfo).port;
  server.close();
  await once(server, "close");
  return found;
}

async function startGateway(env: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "..", "main.ts")], {
    env: {
      PATH: process.env["PATH"] ?? "",
      SUPEROS_KERNEL_SOCKET: join(folder, "kernel.sock"),
      SUPEROS_WEB_DIR: join(folder, "web"),
      ...env,
    },
    stdio: ["pipe", "ignore", "inherit", "ipc"],
  });
  kernel.gateway = child;
  await kernel.ready.promise;
  return child;
}

async function endGateway(child: ChildProcess | undefined): Promise<void> {
  child?.stdin?.end();
  if (child?.exitCode === null) await once(child, "exit");
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "preview-"));
  program.path = join(folder, "program.sock");
  program.server.on("request", (request, response) => {
    program.seen.push(request);
    void program.handle(request, response);
  });
  program.server.listen(program.path);
  kernel = new StandInKernel();
  kernel.server.listen(join(folder, "kernel.sock"));
  kernel.bind.listen(join(folder, "bind.sock"));
  port = await freePort();
  await startGateway({ SUPEROS_PORT: String(port) });
});

afterAll(async () => {
  await endGateway(kernel.gateway);
  for (const server of [program.server, kernel.server]) {
    server.closeAllConnections();
    server.close();
  }
  kernel.bind.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  kernel.calls.splice(0);
  kernel.path = program.path;
  kernel.socketFirst = true;
  program.handle = echo;
  program.seen.splice(0);
});

const hostOf = ({ pid, port: own }: { pid: number; port: number }): string => `p${pid}-${own}.localhost:${port}`;
const [here, there] = [hostOf, hostOf].map((of, index) => () => of(targets[index] ?? { pid: 0, port: 0 })) as [
  () => string,
  () => string,
];

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  body: string;
}

type AskOptions = Omit<RequestOptions, "headers"> & { headers?: OutgoingHttpHeaders; body?: string | Readable };

function begin(host: string, path: string, options: AskOptions = {}) {
  const { body, headers, ...more } = options;
  const request = httpRequest({ host: "127.0.0.1", port, path, headers: { host, ...headers }, agent: false, ...more });
  if (body instanceof Readable) body.pipe(request);
  else request.end(body);
  return request;
}

async function response(request: ReturnType<typeof begin>): Promise<IncomingMessage> {
  const [reply] = (await once(request, "response")) as [IncomingMessage];
  return reply;
}

async function ask(host: string, path: string, options: AskOptions = {}): Promise<Answer> {
  const reply = await response(begin(host, path, options));
  return { status: reply.statusCode ?? 0, headers: reply.headers, body: await text(reply) };
}

/** Speaks on a connection what no client would, and reads until it is closed. */
async function raw(lines: string[], body = ""): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`, "latin1");
  return text(socket);
}

async function addressOf(pid = 12): Promise<URL> {
  const reply = await ask(`127.0.0.1:${port}`, `/api/v1/processes/${pid}/preview`, {
    method: "POST",
    headers: { ...bearer, "content-type": "application/json" },
    body: "{}",
  });
  expect(reply.status).toBe(201);
  return new URL((JSON.parse(reply.body) as { url: string }).url);
}

/** Opens a preview and returns what its cookie holds. */
async function open(pid = 12): Promise<{ cookie: string }> {
  const { host, pathname, search } = await addressOf(pid);
  const reply = await ask(host, `${pathname}${search}`);
  expect(reply.status).toBe(303);
  return { cookie: reply.headers["set-cookie"]?.[0]?.split(";")[0] ?? "" };
}

const handleIn = ({ cookie }: { cookie: string }): string => cookie.split("=")[1] ?? "";
const connects = (): number => kernel.calls.filter((name) => name === "preview_connect").length;

async function upgrade(host: string, headers: Record<string, string>): Promise<[IncomingMessage, Duplex, Buffer]> {
  const request = begin(host, "/ws?room=1", { headers: { connection: "Upgrade", upgrade: "websocket", ...headers } });
  return (await once(request, "upgrade")) as [IncomingMessage, Duplex, Buffer];
}

/** A program that goes over to a protocol of its own: it greets, then repeats what it hears. */
function upgradable(): () => void {
  const accept = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    program.seen.push(request);
    socket.on("error", () => undefined);
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n" +
        "Set-Cookie: superos-preview=mine\r\n\r\nhello",
    );
    socket.write(head);
    socket.pipe(socket);
  };
  program.server.on("upgrade", accept);
  return () => void program.server.off("upgrade", accept);
}

async function nextData(stream: Readable): Promise<string> {
  const [data] = (await once(stream, "data")) as [Buffer];
  return data.toString("latin1");
}

describe("opening a preview", () => {
  test("an address with a ticket sets the cookie of this origin alone and leads to the program's page", async () => {
    const address = await addressOf();
    expect(address.origin).toBe(`http://${here()}`);
    const reply = await ask(address.host, `${address.pathname}${address.search}`);
    expect(reply.status).toBe(303);
    expect(reply.headers.location).toBe("/");
    expect(reply.headers["referrer-policy"]).toBe("no-referrer");
    expect(reply.headers["set-cookie"]?.[0]).toMatch(/^superos-preview=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    const cookie = reply.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    expect(address.href).not.toContain(handleIn({ cookie }));
    const page = await ask(here(), "/a?b=c", { headers: { cookie } });
    expect(JSON.parse(page.body)).toMatchObject({ method: "GET", url: "/a?b=c" });
  });

  test("a ticket is good once, at its own preview, and for opening alone", async () => {
    const used = await addressOf();
    const path = `${used.pathname}${used.search}`;
    expect((await ask(here(), path, { method: "HEAD" })).status).toBe(405);
    expect((await ask(here(), path)).status).toBe(303);
    const again = await ask(here(), path);
    expect(again).toMatchObject({ status: 401, body: expect.stringContaining("opened already") });
    expect(again.headers["set-cookie"]).toBeUndefined();
    const other = await addressOf(13);
    expect((await ask(here(), `${other.pathname}${other.search}`)).status).toBe(401);
    expect((await ask(there(), `${other.pathname}${other.search}`)).status).toBe(401);
    expect((await ask(here(), "/.superos/enter?ticket=nonsense")).status).toBe(401);
    expect((await ask(here(), "/.superos/enter")).status).toBe(401);
    expect(program.seen).toEqual([]);
  });

  test("a ticket whose process has ended since leads nowhere", async () => {
    const address = await addressOf();
    kernel.previews.clear();
    const reply = await ask(address.host, `${address.pathname}${address.search}`);
    expect(reply).toMatchObject({ status: 410, body: expect.stringContaining("preview is over") });
    expect(reply.headers["set-cookie"]).toBeUndefined();
  });

  test("what lies beside the address for opening is the gateway's own and not the program's", async () => {
    expect((await ask(here(), "/.superos/other", { headers: await open() })).status).toBe(404);
    expect(program.seen).toEqual([]);
  });
});

describe("who may see a preview", () => {
  test("without its cookie nobody: a page says how to open it, and runs nothing", async () => {
    const reply = await ask(here(), "/");
    expect(reply).toMatchObject({ status: 401, body: expect.stringContaining("superos open 12 8080") });
    expect(reply.headers["content-security-policy"]).toBe("default-src 'none'; style-src 'unsafe-inline'");
    expect(reply.headers["cache-control"]).toBe("no-store");
    const told = await ask(here(), "/", { headers: { accept: "application/json" } });
    expect(JSON.parse(told.body)).toMatchObject({ fault: { code: "denied" } });
    expect([program.seen, kernel.calls]).toEqual([[], []]);
  });

  test("another preview's cookie, the dashboard's, an API token and a made-up handle open nothing", async () => {
    const { cookie } = await open(13);
    expect((await ask(here(), "/", { headers: { cookie } })).status).toBe(401);
    expect((await ask(there(), "/", { headers: { cookie } })).status).toBe(200);
    expect((await ask(here(), "/", { headers: { cookie: `superos_${port}=${"s".repeat(43)}` } })).status).toBe(401);
    expect((await ask(here(), "/", { headers: bearer })).status).toBe(401);
    expect((await ask(here(), "/", { headers: { cookie: `superos-preview=${"x".repeat(43)}` } })).status).toBe(410);
    expect((await ask(here(), "/", { headers: { cookie: "superos-preview=../../x" } })).status).toBe(401);
    expect(program.seen).toHaveLength(1);
  });

  test("neither the API, nor the live connection, nor the dashboard is served under a preview's name", async () => {
    expect((await ask(here(), "/api/v1/status", { headers: bearer })).status).toBe(401);
    expect((await ask(here(), "/socket.io/?EIO=4&transport=polling")).status).toBe(401);
    expect((await ask(here(), "/healthz")).status).toBe(401);
    const cookie = await open();
    for (const path of ["/api/v1/status", "/socket.io/?EIO=4&transport=polling", "/healthz", "/openapi.json"])
      expect(JSON.parse((await ask(here(), path, { headers: cookie })).body)).toMatchObject({ url: path });
  });

  test("no preview is served under the dashboard's names", async () => {
    const cookie = await open();
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`])
      expect((await ask(host, "/x", { headers: { ...cookie, accept: "image/png" } })).status).toBe(404);
    expect(program.seen).toEqual([]);
  });

  test.each([
    ["a trailing dot", "p12-8080.localhost.:PORT"],
    ["no port", "p12-8080.localhost"],
    ["another port", "p12-8080.localhost:1"],
    ["a leading zero", "p012-8080.localhost:PORT"],
    ["another domain", "p12-8080.evil.example:PORT"],
    ["a longer domain", "p12-8080.localhost:PORT.evil.example"],
    ["a name before it", "x.p12-8080.localhost:PORT"],
    ["an address", "p12-8080.127.0.0.1:PORT"],
  ])("a host with %s is refused", async (_what, host) => {
    const cookie = await open();
    expect((await ask(host.replace("PORT", String(port)), "/", { headers: cookie })).status).toBe(400);
    expect(program.seen).toEqual([]);
  });

  test("a host in upper case is the same host", async () => {
    expect((await ask(here().toUpperCase(), "/", { headers: await open() })).status).toBe(200);
  });

  test("a target that names another host, and two hosts, go to nobody", async () => {
    const { cookie } = await open();
    const dashboard = `127.0.0.1:${port}`;
    const end = [`Cookie: ${cookie}`, `Authorization: Bearer ${token}`, "Connection: close"];
    kernel.calls.splice(0);
    for (const lines of [
      [`GET http://${dashboard}/api/v1/session HTTP/1.1`, `Host: ${here()}`],
      [`GET http://${here()}/ HTTP/1.1`, `Host: ${dashboard}`],
      [`GET http://${here()}/ HTTP/1.1`, `Host: ${here()}`],
      ["GET / HTTP/1.1", `Host: ${here()}`, `Host: ${dashboard}`],
      ["GET /api/v1/session HTTP/1.1", `Host: ${dashboard}`, `Host: ${here()}`],
    ])
      expect(await raw([...lines, ...end])).toMatch(/^HTTP\/1.1 400 /);
    expect(await raw(["GET / HTTP/1.1", ...end])).toMatch(/^HTTP\/1.1 400 /);
    expect([program.seen, kernel.calls]).toEqual([[], []]);
  });

  test("pages of other origins use the cookie for nothing but links", async () => {
    const cookie = await open();
    const own = { origin: `http://${here()}`, "sec-fetch-site": "same-origin" };
    const link = { "sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    const from = async (method: string, headers: Record<string, string>): Promise<number> =>
      (await ask(here(), "/", { method, headers: { ...cookie, ...headers } })).status;
    expect(await from("POST", own)).toBe(200);
    expect(await from("GET", link)).toBe(200);
    expect(await from("GET", { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" })).toBe(200);
    program.seen.splice(0);
    expect(await from("POST", link)).toBe(403);
    expect(await from("GET", { ...link, "sec-fetch-dest": "iframe" })).toBe(403);
    expect(await from("GET", { "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" })).toBe(403);
    expect(await from("GET", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" })).toBe(403);
    expect(await from("POST", { origin: `http://${there()}` })).toBe(403);
    expect(await from("POST", { origin: "null" })).toBe(403);
    expect(program.seen).toEqual([]);
  });
});

describe("what passes", () => {
  test("the program sees its host and who asked, and nothing of the gateway's", async () => {
    const { cookie } = await open();
    const reply = await ask(here(), "/", {
      headers: {
        cookie: `a=1; ${cookie}; superos_${port}=secret; b=2`,
        authorization: `Bearer ${token}`,
        "x-forwarded-for": "6.6.6.6",
        "x-forwarded-port": "1",
        forwarded: "for=6.6.6.6",
        "superos-session": "s",
        "x-superos-csrf": "s",
        connection: "close, X-Private",
        "x-private": "1",
        te: "trailers",
        "X-Kept": "yes",
      },
    });
    const { headers } = JSON.parse(reply.body) as { headers: Record<string, string> };
    expect(headers).toEqual({
      host: here(),
      cookie: "a=1; b=2",
      "x-kept": "yes",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": here(),
      connection: "keep-alive",
    });
  });

  test("a program's own credentials pass", async () => {
    const headers = { ...(await open()), authorization: "Basic dTpw" };
    expect(JSON.parse((await ask(here(), "/", { headers })).body)).toMatchObject({
      headers: { authorization: "Basic dTpw" },
    });
  });

  test("a reply keeps status, repeated headers and its own policies, and sets cookies for its host alone", async () => {
    program.handle = (_request, reply) =>
      reply
        .writeHead(
          418,
          "Teapot",
          [
            ["Set-Cookie", "a=1; Domain=localhost; Path=/"],
            ["Set-Cookie", "superos-preview=x"],
            ["Set-Cookie", "b=2"],
            ["Content-Security-Policy", "default-src 'self'"],
            ["X-Odd", "1"],
            ["X-Odd", "2"],
            ["Connection", "close, X-Private"],
            ["X-Private", "1"],
            ["Origin-Agent-Cluster", "?0"],
          ].flat(),
        )
        .end("short and stout");
    const reply = await response(begin(here(), "/", { headers: await open() }));
    expect([reply.statusCode, reply.statusMessage, await text(reply)]).toEqual([418, "Teapot", "short and stout"]);
    expect(reply.headersDistinct).toMatchObject({
      "set-cookie": ["a=1; Path=/", "b=2"],
      "content-security-policy": ["default-src 'self'"],
      "x-odd": ["1", "2"],
      "origin-agent-cluster": ["?1"],
    });
    expect(reply.headers).not.toHaveProperty("x-private");
  });

  test.each(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "TRACE"])(
    "%s passes, with a body and without",
    async (method) => {
      const headers = await open();
      const plain = await ask(here(), "/x", { method, headers });
      expect(JSON.parse(plain.body)).toMatchObject({ method, body: "" });
      for (const more of [{ "content-length": "4" }, { "transfer-encoding": "chunked" }]) {
        const full = await ask(here(), "/x", { method, headers: { ...headers, ...more }, body: "body" });
        expect(JSON.parse(full.body)).toMatchObject({ method, body: "body" });
      }
      expect(program.seen).toHaveLength(3);
    },
  );

  test("HEAD has the length and no body, and a range is the program's to answer", async () => {
    program.handle = ({ headers }, reply) =>
      headers.range === "bytes=1-2"
        ? reply.writeHead(206, { "content-range": "bytes 1-2/4", "content-length": 2 }).end("bc")
        : reply.writeHead(200, { "content-length": 4 }).end("abcd");
    const cookie = await open();
    const head = await ask(here(), "/", { method: "HEAD", headers: cookie });
    expect(head).toMatchObject({ status: 200, body: "", headers: { "content-length": "4" } });
    const part = await ask(here(), "/", { headers: { ...cookie, range: "bytes=1-2" } });
    expect(part).toMatchObject({ status: 206, body: "bc", headers: { "content-range": "bytes 1-2/4" } });
  });

  test("a client that waits for leave to send its body waits for the program's", async () => {
    const headers = { ...(await open()), expect: "100-continue", "content-length": "4" };
    const refuse = (_request: IncomingMessage, reply: ServerResponse): void =>
      void reply.writeHead(413).end("too much");
    program.server.once("checkContinue", refuse);
    const refused = httpRequest({ host: "127.0.0.1", port, method: "POST", headers: { host: here(), ...headers } });
    refused.flushHeaders();
    expect((await response(refused)).statusCode).toBe(413);
    refused.destroy();
    const allowed = httpRequest({ host: "127.0.0.1", port, method: "POST", headers: { host: here(), ...headers } });
    allowed.flushHeaders();
    await once(allowed, "continue");
    allowed.end("body");
    expect(await json(await response(allowed))).toMatchObject({ body: "body" });
  });

  test("trailers pass", async () => {
    program.handle = (_request, reply) => {
      reply.writeHead(200, { trailer: "x-sum" }).write("body");
      reply.addTrailers({ "x-sum": "1" });
      reply.end();
    };
    const reply = await response(begin(here(), "/", { headers: await open() }));
    await text(reply);
    expect(reply.trailers).toEqual({ "x-sum": "1" });
  });
});

describe("streams", () => {
  const size = 100 << 20;
  const piece = randomBytes(1 << 20);
  const whole = (): Readable => Readable.from(Array.from({ length: size / piece.length }, () => piece));
  const sumOf = async (stream: Readable): Promise<string> => {
    const hash = createHash("sha256");
    for await (const chunk of stream) hash.update(chunk as Buffer);
    return hash.digest("hex");
  };

  test("a hundred megabytes come down as they are", async () => {
    program.handle = (_request, reply) => whole().pipe(reply);
    const reply = await response(begin(here(), "/", { headers: await open() }));
    expect(await sumOf(reply)).toBe(await sumOf(whole()));
  });

  test.each([{ "content-length": String(size) }, { "transfer-encoding": "chunked" }])(
    "a hundred megabytes go up as they are, sent with %o",
    async (framing) => {
      program.handle = async (request, reply) => reply.end(await sumOf(request));
      const headers = { ...(await open()), ...framing };
      const reply = await ask(here(), "/", { method: "PUT", headers, body: whole() });
      expect(reply).toMatchObject({ status: 200, body: await sumOf(whole()) });
    },
  );

  test("a client that does not read holds the program back, and a program that does not read its client", async () => {
    let written = 0;
    const flood = (stream: NodeJS.WritableStream): void => {
      do written += piece.length;
      while (stream.write(piece) && written < size);
    };
    const held = Promise.withResolvers<void>();
    program.handle = (request, reply) => {
      if (request.method === "PUT") return held.promise.then(() => request.destroy());
      reply.on("drain", () => flood(reply));
      return flood(reply);
    };
    const headers = await open();
    const reply = await response(begin(here(), "/", { headers }));
    await quiet(() => written);
    expect(written).toBeLessThan(24 << 20);
    reply.destroy();

    written = 0;
    const upload = httpRequest({ host: "127.0.0.1", port, method: "PUT", headers: { host: here(), ...headers } });
    upload.on("error", () => undefined).on("drain", () => flood(upload));
    flood(upload);
    await quiet(() => written);
    expect(written).toBeLessThan(24 << 20);
    upload.destroy();
    held.resolve();
  });

  /** Waits until a number no longer grows. */
  async function quiet(value: () => number): Promise<void> {
    for (let before = -1; before !== value(); await new Promise((resolve) => setTimeout(resolve, 300)))
      before = value();
  }

  test("a reply passes while its request's body is still on its way", async () => {
    program.handle = (request, reply) => request.pipe(reply);
    const headers = { ...(await open()), "transfer-encoding": "chunked" };
    const request = begin(here(), "/", { method: "POST", headers, body: whole() });
    expect(await sumOf(await response(request))).toBe(await sumOf(whole()));
  });

  test("events come one by one, as they are sent", async () => {
    const stream = new PassThrough();
    program.handle = (_request, reply) => {
      reply.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      stream.pipe(reply);
    };
    const reply = await response(begin(here(), "/", { headers: await open() }));
    for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
      stream.write(event);
      expect(await nextData(reply)).toBe(event);
    }
    stream.end();
    await once(reply, "end");
  });

  test("a client that goes ends its request at the program, and a program that breaks off cuts its reply", async () => {
    const gone = Promise.withResolvers<void>();
    program.handle = (_request, reply) => {
      reply.on("close", () => gone.resolve()).write("part");
    };
    const headers = await open();
    const request = begin(here(), "/", { headers });
    await response(request);
    request.on("error", () => undefined).destroy();
    await gone.promise;

    program.handle = (_request, reply) => {
      reply.write("part");
      setTimeout(() => reply.destroy(), 20);
    };
    await expect(ask(here(), "/", { headers })).rejects.toThrow("aborted");
  });

  test.each(["close", "keep-alive"])(
    "a reply that does not wait for the body is read to the end (%s)",
    async (connection) => {
      program.handle = (_request, reply) => reply.writeHead(409).end("no");
      const reply = await ask(here(), "/", {
        method: "POST",
        headers: { ...(await open()), connection, "content-length": String(8 << 20) },
        body: Readable.from(Array.from({ length: 8 }, () => piece)),
      });
      expect(reply).toMatchObject({ status: 409, body: "no" });
    },
  );
});

describe("connections", () => {
  test("are used again without asking the kernel, one preview's never for another", async () => {
    const [one, other] = [await open(12), await open(13)];
    kernel.calls.splice(0);
    for (let count = 0; count < 5; count += 1) await ask(here(), "/", { headers: one });
    expect(kernel.calls).toEqual(["preview_connect"]);
    await ask(there(), "/", { headers: other });
    await ask(here(), "/", { headers: await open(12) });
    expect(connects()).toBe(3);
    expect(new Set(program.seen.map(({ socket }) => socket)).size).toBe(3);
  });

  test("may come before the kernel's answer or after it", async () => {
    const headers = await open();
    for (const socketFirst of [true, false]) {
      kernel.socketFirst = socketFirst;
      expect((await ask(here(), "/", { method: "POST", headers })).status).toBe(200);
    }
  });

  test("that died idle cost a request nothing", async () => {
    const headers = await open();
    await ask(here(), "/", { headers });
    program.handle = (request, reply) => {
      if (request.socket === program.seen[0]?.socket) request.socket.destroy();
      else reply.end("again");
    };
    expect(await ask(here(), "/", { headers })).toMatchObject({ status: 200, body: "again" });
    expect(program.seen).toHaveLength(3);
  });

  test("for requests with an effect are new ones, which are sent once", async () => {
    const headers = await open();
    await ask(here(), "/", { headers });
    program.handle = (request) => request.socket.destroy();
    expect((await ask(here(), "/", { method: "POST", headers })).status).toBe(502);
    expect(program.seen).toHaveLength(2);
    expect(connects()).toBe(2);
  });

  test("to a port on which nothing listens say so", async () => {
    const nobody = createNetServer((socket) => socket.destroy()).listen(join(folder, "nobody.sock"));
    kernel.path = join(folder, "nobody.sock");
    const headers = await open();
    for (const method of ["GET", "POST"]) {
      const reply = await ask(here(), "/", { method, headers });
      expect(reply).toMatchObject({ status: 502, body: expect.stringContaining("Nothing listens on port 8080 yet") });
    }
    const declined = await ask(here(), "/", { headers: { ...headers, connection: "Upgrade", upgrade: "websocket" } });
    expect(declined.status).toBe(502);
    nobody.close();
  });

  test.each([
    ["no HTTP", "SSH-2.0-OpenSSH\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
    ["a length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a header too long", `HTTP/1.1 200 OK\r\nX-Long: ${"x".repeat(70_000)}\r\n\r\n`],
    ["a status that is none", "HTTP/1.1 000 What\r\nContent-Length: 0\r\n\r\n"],
    ["another protocol unasked", "HTTP/1.1 101 Over\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"],
  ])("to a program that answers with %s are a bad gateway", async (_what, answer) => {
    const path = join(folder, `odd-${randomBytes(4).toString("hex")}.sock`);
    const odd = createNetServer((socket) => socket.once("data", () => socket.end(answer))).listen(path);
    kernel.path = path;
    const reply = await ask(here(), "/", { headers: await open() });
    expect(reply).toMatchObject({ status: 502, body: expect.stringContaining("is not HTTP") });
    odd.close();
  });
});

describe("rights that end", () => {
  async function streaming(headers: { cookie: string }): Promise<IncomingMessage> {
    program.handle = (_request, reply) => void reply.write("part");
    const reply = await response(begin(here(), "/", { headers }));
    await nextData(reply);
    return reply;
  }

  const cutBy = {
    slot: (preview: Preview | undefined): [number[], number[]] => [[preview?.slot ?? 0], []],
    process: (): [number[], number[]] => [[], [12]],
    session: (): [number[], number[]] => [[], [session.pid]],
  };

  test.each(["slot", "process", "session"] as const)("a %s cuts what depends on it in the middle", async (what) => {
    const headers = await open();
    const restore = upgradable();
    const [, socket] = await upgrade(here(), headers);
    const reply = await streaming(headers);
    const broken = Promise.all([once(reply, "error"), once(socket, "close")]);
    reply.on("error", () => undefined).resume();
    socket.on("error", () => undefined).resume();
    kernel.cut(...cutBy[what](kernel.previews.get(handleIn(headers))));
    await broken;
    expect(reply.complete).toBe(false);
    restore();
  });

  test("idle connections are cut, too, and the next request is refused by the kernel", async () => {
    const headers = await open();
    await ask(here(), "/", { headers });
    const idle = program.seen[0]?.socket;
    const closed = idle === undefined ? undefined : once(idle, "close");
    const preview = kernel.previews.get(handleIn(headers));
    kernel.previews.delete(handleIn(headers));
    kernel.cut([preview?.slot ?? 0], []);
    await closed;
    for (const method of ["GET", "POST"]) {
      const reply = await ask(here(), "/", { method, headers });
      expect(reply).toMatchObject({ status: 410, body: expect.stringContaining("preview is over") });
    }
    expect(program.seen).toHaveLength(1);
  });

  test("a request that waits for its reply is told that the preview is over", async () => {
    const headers = await open();
    program.handle = () => kernel.cut([kernel.previews.get(handleIn(headers))?.slot ?? 0], []);
    expect((await ask(here(), "/", { headers })).status).toBe(410);
  });

  test("others' connections live on", async () => {
    const reply = await streaming(await open());
    kernel.cut([1, 2, 3], [11, 13]);
    const headers = await open(13);
    program.handle = echo;
    expect((await ask(there(), "/", { headers })).status).toBe(200);
    expect(reply.destroyed).toBe(false);
    reply.destroy();
  });
});

describe("WebSocket", () => {
  test("goes both ways, and its end is both ends'", async () => {
    const restore = upgradable();
    const origin = `http://${here()}`;
    const [reply, socket, head] = await upgrade(here(), { ...(await open()), origin, "sec-websocket-key": "k" });
    expect(reply.headers).toMatchObject({ upgrade: "websocket", connection: "Upgrade", "sec-websocket-accept": "x" });
    expect(reply.headers).not.toHaveProperty("set-cookie");
    expect(program.seen[0]?.headers).toMatchObject({ origin, "sec-websocket-key": "k", "x-forwarded-host": here() });
    expect(program.seen[0]?.headers).not.toHaveProperty("cookie");
    expect(head.length > 0 ? head.toString() : await nextData(socket)).toBe("hello");
    socket.write("ping");
    expect(await nextData(socket)).toBe("ping");
    socket.resume().end();
    await once(socket, "close");
    restore();
  });

  test("from a page of another origin, or without the cookie, is refused", async () => {
    const restore = upgradable();
    const cookie = await open();
    const over = { connection: "Upgrade", upgrade: "websocket" };
    for (const origin of [`http://${there()}`, "null", `https://${here()}`, `http://127.0.0.1:${port}`])
      expect((await ask(here(), "/", { headers: { ...cookie, ...over, origin } })).status).toBe(403);
    expect((await ask(here(), "/", { headers: over })).status).toBe(401);
    expect((await ask(here(), "/.superos/enter", { headers: { ...cookie, ...over } })).status).toBe(404);
    expect(program.seen).toEqual([]);
    restore();
  });

  test("that the program declines is answered with its reply", async () => {
    const cookie = await open();
    const raced = await ask(here(), "/ws", { headers: { ...cookie, connection: "Upgrade", upgrade: "websocket" } });
    expect(raced.status).toBe(200);
    expect(raced.headers.connection).toBe("close");
    expect(JSON.parse(raced.body)).toMatchObject({ url: "/ws" });
  });

  test("an offer of HTTP/2 is an ordinary request, with its body", async () => {
    const headers = { ...(await open()), connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "x" };
    const reply = await ask(here(), "/", {
      method: "POST",
      headers: { ...headers, "content-length": 4 },
      body: "body",
    });
    expect(JSON.parse(reply.body)).toMatchObject({ method: "POST", body: "body" });
    expect(program.seen[0]?.headers).not.toHaveProperty("upgrade");
  });
});

describe("smuggling", () => {
  const lines = async (...more: string[]): Promise<string[]> => [
    "POST / HTTP/1.1",
    `Host: ${here()}`,
    `Cookie: ${(await open()).cookie}`,
    ...more,
  ];
  const smuggled = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

  test.each([
    [["Content-Length: 5", "Transfer-Encoding: chunked"]],
    [["Content-Length: 5", "Content-Length: 6"]],
    [["Transfer-Encoding: chunked, identity"]],
    [["Transfer-Encoding: xchunked"]],
    [["Transfer-Encoding : chunked"]],
    [["Content-Length: +5"]],
    [["X: 1\nContent-Length: 5"]],
  ])("%j is refused before the program sees it", async (framing) => {
    expect(await raw(await lines(...framing), smuggled)).toMatch(/^HTTP\/1.1 400 /);
    expect(program.seen).toEqual([]);
  });

  test("a coding other than chunks is refused", async () => {
    const said = await raw(await lines("Transfer-Encoding: gzip, chunked", "Connection: close"), "0\r\n\r\n");
    expect(said).toMatch(/^HTTP\/1.1 501 /);
    expect(program.seen).toEqual([]);
  });

  test("a length that is named as the connection's own still delimits the body", async () => {
    const body = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    const framing = ["Connection: close, Content-Length, Host", `Content-Length: ${body.length}`];
    const [first = "", ...rest] = await lines(...framing);
    for (const method of ["GET", "POST"]) {
      const said = await raw([first.replace("POST", method), ...rest], body);
      expect(said).toContain(JSON.stringify(body));
    }
    expect(program.seen.map(({ url, headers }) => [url, headers.host])).toEqual([
      ["/", here()],
      ["/", here()],
    ]);
  });

  test("a body with a request to upgrade is refused", async () => {
    const over = ["Connection: Upgrade", "Upgrade: websocket", `Content-Length: ${smuggled.length}`];
    expect(await raw(await lines(...over), smuggled)).toMatch(/^HTTP\/1.1 400 /);
    expect(program.seen).toEqual([]);
  });
});

describe("behind a proxy", () => {
  test("previews have the proxy's origin, and a cookie that no other host can set", async () => {
    await endGateway(kernel.gateway);
    port = await freePort();
    kernel.ready = Promise.withResolvers();
    await startGateway({
      SUPEROS_PORT: String(port),
      SUPEROS_PUBLIC_ORIGIN: "https://superos.example.org",
      SUPEROS_PREVIEW_ORIGIN: "https://preview.example.net",
    });
    const address = await addressOf();
    expect(address.origin).toBe("https://p12-8080.preview.example.net");
    const entered = await ask(address.host, `${address.pathname}${address.search}`);
    expect(entered.headers["set-cookie"]?.[0]).toMatch(
      /^__Host-superos-preview=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    const cookie = entered.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    const reply = await ask(address.host, "/", { headers: { cookie, "x-forwarded-for": "1.2.3.4" } });
    expect(JSON.parse(reply.body)).toMatchObject({
      headers: { "x-forwarded-for": "1.2.3.4, 127.0.0.1", "x-forwarded-proto": "https", host: address.host },
    });
    expect((await ask(address.host, "/", { headers: { cookie: cookie.replace("__Host-", "") } })).status).toBe(401);
    expect((await ask(here(), "/", { headers: { cookie } })).status).toBe(400);
  });
});
