import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer as createHttpServer, type IncomingMessage, request as httpRequest, type Server } from "node:http";
import { createServer, type AddressInfo, type Socket, type Server as TcpServer } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SampleClient, SampleDoor } from "./sample-process.ts";

/** The service as the kernel starts it: a child, a channel with descriptors, real sockets at both ends. */

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const isRoot = process.getuid?.() === 0;

let child: ChildProcess;
let door: SampleDoor;
let web: Server;
let echo: TcpServer;
let ready: unknown;
let log = "";
let nextSlot = 1;
let nextPid = 1;
let nextPair = 1;

const portOf = (server: TcpServer): number => (server.address() as AddressInfo).port;
const webHost = (): string => `127.0.0.1:${portOf(web)}`;
const echoHost = (): string => `127.0.0.1:${portOf(echo)}`;

interface SampleProcess {
  pid: number;
  allow: { slot: number; capability: string }[];
  connect: () => Promise<SampleClient>;
}

/** A process with a table of these hosts. */
function processWith(...hosts: string[]): SampleProcess {
  const pid = nextPid++;
  const allow = hosts.map((host) => ({ slot: nextSlot++, capability: `NET_CONNECT:${host}` }));
  return { pid, allow, connect: () => door.connect({ type: "proxy", pid, allow }) };
}

function slotOf(sample: SampleProcess): number {
  const [entry] = sample.allow;
  if (entry === undefined) throw new Error("it has no slot");
  return entry.slot;
}

/** Waits until every message that was sent before has been obeyed: they are read in their order. */
async function allObeyed(): Promise<void> {
  await (
    await door.connect({ type: "none" })
  ).closed;
}

/** Starts the service as the kernel does. */
function startService(): ChildProcess {
  return fork(main, [], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
    stdio: ["pipe", "inherit", "pipe", "ipc"],
    env: { PATH: process.env["PATH"] ?? "", ...(isRoot ? { SUPEROS_UID: "65534", SUPEROS_GID: "65534" } : {}) },
  });
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function serve(
  request: IncomingMessage,
): Promise<{ status: number; headers: Record<string, string>; body: string }> {
  const url = request.url ?? "";
  if (url === "/redirect")
    return { status: 302, headers: { location: "http://169.254.169.254/latest/meta-data/" }, body: "" };
  if (url === "/fields")
    return { status: 200, headers: { "x-end": "1", connection: "x-hop", "x-hop": "1" }, body: "fields" };
  const body = await bodyOf(request);
  return {
    status: 200,
    headers: {},
    body: JSON.stringify({ method: request.method, url, raw: request.rawHeaders, size: body.length }),
  };
}

async function tunnelTo(sample: SampleProcess, host: string): Promise<SampleClient> {
  const client = await sample.connect();
  client.write(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await client.until(/^HTTP\/1\.1 200 Connection established\r\n\r\n$/);
  return client;
}

beforeAll(async () => {
  web = createHttpServer((request, response) => {
    if (request.url === "/broken") {
      response.writeHead(200, { "content-length": "1000" });
      response.write("part", () => response.destroy());
      return;
    }
    if (request.url === "/never") return;
    void serve(request).then(({ status, headers, body }) => response.writeHead(status, headers).end(body));
  });
  echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  for (const server of [web, echo]) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  child = startService();
  child.stderr?.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  [ready] = await once(child, "message");
  door = await SampleDoor.open((message, socket) => void child.send(message as object, socket));
});

afterAll(async () => {
  await door.close();
  const gone = once(child, "exit");
  child.stdin?.end();
  await gone;
  web.closeAllConnections();
  web.close();
  echo.close();
});

describe("the service", () => {
  test("says that it is ready, once", () => {
    expect(ready).toEqual({ type: "ready" });
  });

  test.skipIf(!isRoot)("runs as the user that the kernel named, without a way back", async () => {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8");
    expect(status).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
    expect(status).toMatch(/^Gid:\t65534\t65534\t65534\t65534$/m);
    expect(status).toMatch(/^Groups:\s*$/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
  });

  test.each(["stdin", "channel", "SIGTERM"])("ends with its kernel: %s", async (how) => {
    const other = startService();
    await once(other, "message");
    const gone = once(other, "exit");
    if (how === "stdin") other.stdin?.end();
    else if (how === "channel") other.disconnect();
    else other.kill("SIGTERM");
    expect(await gone).toEqual([0, null]);
  });
});

describe("a tunnel", () => {
  test("carries bytes both ways, and the half that is still open after the other has ended", async () => {
    const client = await tunnelTo(processWith(echoHost()), echoHost());
    client.socket.end("to and fro\n");
    expect(await client.untilClosed()).toMatch(/\r\n\r\nto and fro\n$/);
  });

  test("carries what was sent right behind the request", async () => {
    const client = await processWith(echoHost()).connect();
    client.write(`CONNECT ${echoHost()} HTTP/1.1\r\nHost: x\r\n\r\nearly`);
    expect(await client.until(/established\r\n\r\nearly$/)).toBeTruthy();
  });

  test("carries a WebSocket's handshake like any other bytes", async () => {
    const client = await tunnelTo(processWith(echoHost()), echoHost());
    client.write("GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    expect(await client.until(/Connection: Upgrade\r\n\r\n$/)).toBeTruthy();
  });

  test("holds back a sender whose reader does not read", async () => {
    const client = await tunnelTo(processWith(echoHost()), echoHost());
    client.socket.pause();
    const chunk = Buffer.alloc(1 << 20);
    let written = 0;
    while (written < 512 && client.socket.write(chunk)) written += 1;
    for (let rounds = 0; rounds < 512; rounds += 1) {
      const drained = once(client.socket, "drain").then(() => true);
      const stuck = new Promise<false>((resolve) => setTimeout(() => resolve(false), 500));
      if (!(await Promise.race([drained, stuck]))) break;
      written += 1;
      client.socket.write(chunk);
    }
    expect(written).toBeLessThan(64);
  });

  test("ends at the other side when the process's side breaks off", async () => {
    const accepted = once(echo, "connection") as Promise<[Socket]>;
    const client = await tunnelTo(processWith(echoHost()), echoHost());
    const [far] = await accepted;
    client.socket.destroy();
    if (!far.destroyed) await once(far, "close");
    expect(far.destroyed).toBe(true);
  });

  test.each([
    [
      "to a host that the table does not name",
      () => `CONNECT example.org:443`,
      /^HTTP\/1\.1 403 .*NET_CONNECT:example\.org:443/s,
    ],
    ["to another port", () => "CONNECT 127.0.0.1:1", /^HTTP\/1\.1 403 .*NET_CONNECT:127\.0\.0\.1:1\b/s],
    ["to an odd spelling of an address", () => "CONNECT 0x7f.1:22", /^HTTP\/1\.1 403 .*NET_CONNECT:127\.0\.0\.1:22/s],
    ["to a number", () => "CONNECT 2852039166:80", /^HTTP\/1\.1 403 .*NET_CONNECT:169\.254\.169\.254:80/s],
    ["in octal", () => "CONNECT 017700000001:22", /^HTTP\/1\.1 403 .*NET_CONNECT:127\.0\.0\.1:22/s],
    ["to an IPv6 literal", () => "CONNECT [::1]:22", /^HTTP\/1\.1 400 /],
    ["without a port", () => "CONNECT 127.0.0.1", /^HTTP\/1\.1 400 /],
    ["with a user", () => `CONNECT a@${echoHost()}`, /^HTTP\/1\.1 400 /],
    ["to a very long host", () => `CONNECT ${"a".repeat(5000)}:80`, /^HTTP\/1\.1 400 /],
    [
      "with a name in the place of an address",
      () => `CONNECT localhost:${portOf(echo)}`,
      /^HTTP\/1\.1 403 .*NET_CONNECT:localhost/s,
    ],
  ])("%s is refused", async (_what, line, answer) => {
    const client = await processWith(echoHost()).connect();
    client.write(`${line()} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await client.untilClosed()).toMatch(answer);
  });

  test("with a body is refused", async () => {
    for (const field of ["Content-Length: 5", "Transfer-Encoding: chunked"]) {
      const client = await processWith(echoHost()).connect();
      client.write(`CONNECT ${echoHost()} HTTP/1.1\r\nHost: x\r\n${field}\r\n\r\nhello`);
      expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 400 .*no body/s);
    }
  });

  test("to a port where nothing listens is a bad gateway, and a name that does not exist too", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const host = `127.0.0.1:${portOf(closed)}`;
    await new Promise((resolve) => closed.close(resolve));
    const client = await processWith(host).connect();
    client.write(`CONNECT ${host} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 502 .*ECONNREFUSED/s);

    const lost = await processWith("nowhere.invalid:80").connect();
    lost.write("CONNECT nowhere.invalid:80 HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(await lost.untilClosed()).toMatch(/^HTTP\/1\.1 50[24] .*nowhere\.invalid/s);
  });
});

describe("a request", () => {
  test("goes to the host of its address, whatever its Host header says, without what is for the proxy alone", async () => {
    const client = await processWith(webHost()).connect();
    client.write(
      `GET http://${webHost()}/a?b=c HTTP/1.1\r\nHost: evil.example\r\nConnection: close, x-hop\r\nX-Hop: 1\r\n` +
        "Proxy-Authorization: Basic c2VjcmV0\r\nUpgrade: websocket\r\nX-Kept: yes\r\n\r\n",
    );
    const text = await client.untilClosed();
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    const seen = JSON.parse(/\{.*\}/.exec(text)?.[0] ?? "{}");
    expect(seen).toEqual({
      method: "GET",
      url: "/a?b=c",
      size: 0,
      raw: ["Host", webHost(), "X-Kept", "yes", "Via", "1.1 superos", "Connection", "close"],
    });
  });

  test("and its answer are streamed, whatever their length", async () => {
    const sample = processWith(webHost());
    for (const chunked of [false, true]) {
      const client = await sample.connect();
      const outgoing = httpRequest({
        createConnection: () => client.socket,
        method: "POST",
        path: `http://${webHost()}/upload`,
        // Kept alive: this client ends with a write of no bytes, which fails where the other has answered and gone.
        headers: { connection: "keep-alive", ...(chunked ? {} : { "content-length": 8 << 20 }) },
      });
      for (let index = 0; index < 8; index += 1) outgoing.write(Buffer.alloc(1 << 20));
      outgoing.end();
      expect(await client.until(/"size":8388608\}/)).toBeTruthy();
      client.socket.destroy();
    }
  });

  test("may be one of several on a connection, each checked by itself", async () => {
    const client = await processWith(webHost()).connect();
    client.write(`GET http://${webHost()}/1 HTTP/1.1\r\nHost: x\r\n\r\n`);
    await client.until(/"url":"\/1"/);
    client.write("GET http://other.example/2 HTTP/1.1\r\nHost: x\r\n\r\n");
    await client.until(/HTTP\/1\.1 403 Forbidden.*NET_CONNECT:other\.example:80/s);
    client.write("POST http://other.example/2 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    await client.until(/(HTTP\/1\.1 403 .*){2}/s);
    client.write(`GET http://${webHost()}/3 HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await client.until(/"url":"\/3"/)).toBeTruthy();
  });

  test("that was sent ahead is answered in its turn", async () => {
    const client = await processWith(webHost()).connect();
    const one = (path: string): string => `GET http://${webHost()}${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
    client.write(Array.from({ length: 40 }, (_, index) => one(`/${index}`)).join(""));
    const text = await client.until(/"url":"\/39"/);
    const order = [...text.matchAll(/"url":"\/(\d+)"/g)].map((match) => Number(match[1]));
    expect(order).toEqual(Array.from({ length: 40 }, (_, index) => index));
  });

  test("sent ahead by the thousand ends the connection", async () => {
    const client = await processWith(webHost()).connect();
    client.write(`GET http://${webHost()}/never HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(2000));
    expect(await client.closed).toBeUndefined();
  });

  test("with 100-continue is told to go on by the server itself", async () => {
    const client = await processWith(webHost()).connect();
    client.write(`PUT http://${webHost()}/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n`);
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    client.write("ok");
    expect(await client.until(/HTTP\/1\.1 200 OK.*"size":2\}/s)).toBeTruthy();
  });

  test("follows no redirect; the next request is checked anew", async () => {
    const client = await processWith(webHost(), "*").connect();
    client.write(`GET http://${webHost()}/redirect HTTP/1.1\r\nHost: x\r\n\r\n`);
    const text = await client.until(/^HTTP\/1\.1 302 .*\r\n\r\n/s);
    const location = /location: (\S+)/i.exec(text)?.[1];
    client.write(`GET ${location} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await client.until(/HTTP\/1\.1 403 .*NET_CONNECT:169\.254\.169\.254:80/s)).toBeTruthy();
  });

  test("gets an answer without what concerned the server's connection", async () => {
    const client = await processWith(webHost()).connect();
    client.write(`GET http://${webHost()}/fields HTTP/1.1\r\nHost: x\r\n\r\n`);
    const text = await client.until(/fields/);
    expect(text).toMatch(/x-end: 1\r\n/i);
    expect(text).not.toMatch(/x-hop/i);
  });

  test("whose answer breaks off is broken off, too", async () => {
    const client = await processWith(webHost()).connect();
    client.write(`GET http://${webHost()}/broken HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await client.untilClosed()).toMatch(/content-length: 1000.*part$/is);
  });

  test.each([
    ["both lengths", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400],
    ["two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n", 400],
    ["a length that is none", "Content-Length: +5\r\n", 400],
    ["a folded header", "X-A: 1\r\n Transfer-Encoding: chunked\r\n", 400],
    ["a space before the colon", "Transfer-Encoding : chunked\r\n", 400],
    ["a bare carriage return", "X-A: 1\rTransfer-Encoding: chunked\r\n", 400],
    ["a NUL", "X-A: \0\r\n", 400],
    ["a coding that hides another", "Transfer-Encoding: xchunked\r\n", 400],
    ["a coding before chunked", "Transfer-Encoding: gzip, chunked\r\n", 501],
    ["headers of 20 KiB", `X-A: ${"a".repeat(20_000)}\r\n`, 431],
    ["headers of 20 KiB in small pieces", "X: y\r\n".repeat(9000), 431],
  ])("with %s is refused and nothing of it goes out", async (_what, fields, status) => {
    const heard: unknown[] = [];
    const hear = (request: IncomingMessage): void => void heard.push(request.url);
    web.on("request", hear);
    const client = await processWith(webHost()).connect();
    client.write(`POST http://${webHost()}/smuggled HTTP/1.1\r\nHost: x\r\n${fields}\r\n0\r\n\r\n`);
    await client.until(new RegExp(`^HTTP/1\\.1 ${status} `));
    web.off("request", hear);
    expect(heard).toEqual([]);
  });

  test.each([
    ["in origin form", "GET / HTTP/1.1", 400],
    ["with an asterisk", "OPTIONS * HTTP/1.1", 400],
    ["for https", "GET https://example.org/ HTTP/1.1", 400],
    ["for a file", "GET file:///etc/passwd HTTP/1.1", 400],
    ["with a user in the address", "GET http://example.org@127.0.0.1/ HTTP/1.1", 400],
    ["with a backslash in the host", "GET http://example.org\\@127.0.0.1/ HTTP/1.1", 400],
    ["with TRACE", "TRACE http://127.0.0.1/ HTTP/1.1", 501],
    ["of another protocol", "SSH-2.0-OpenSSH_9.9", 400],
    ["of HTTP/2", "PRI * HTTP/2.0", 400],
  ])("%s is refused", async (_what, line, status) => {
    const client = await processWith("*", "127.0.0.1").connect();
    client.write(`${line}\r\nHost: x\r\n\r\n`);
    expect(await client.until(new RegExp(`^HTTP/1\\.1 ${status} `))).toBeTruthy();
  });

  test("of a tunnel behind one that is not answered yet ends the connection", async () => {
    const client = await processWith(webHost()).connect();
    client.write(
      `GET http://${webHost()}/never HTTP/1.1\r\nHost: x\r\n\r\nCONNECT ${webHost()} HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    expect(await client.untilClosed()).toBe("");
  });

  test("to a server that is no web server is a bad gateway", async () => {
    const client = await processWith(echoHost()).connect();
    client.write(`GET http://${echoHost()}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await client.until(/^HTTP\/1\.1 502 /)).toBeTruthy();
  });
});

describe("what is taken away", () => {
  test("a slot takes the tunnels and requests that use it along, and no others", async () => {
    const one = processWith(echoHost());
    const two = processWith(echoHost());
    const loser = await tunnelTo(one, echoHost());
    const keeper = await tunnelTo(two, echoHost());
    child.send({ type: "cut", slots: [slotOf(one)], pids: [] });
    await loser.closed;
    keeper.write("still here");
    await keeper.until(/still here$/);

    const third = processWith(webHost());
    const asking = await third.connect();
    const heard = once(web, "request");
    asking.write(`GET http://${webHost()}/never HTTP/1.1\r\nHost: x\r\n\r\n`);
    await heard;
    child.send({ type: "cut", slots: [slotOf(third)], pids: [] });
    expect(await asking.untilClosed()).toBe("");
  });

  test("a slot is gone from the list of a process that keeps its connection", async () => {
    const sample = processWith(webHost());
    const client = await sample.connect();
    client.write(`GET http://${webHost()}/1 HTTP/1.1\r\nHost: x\r\n\r\n`);
    await client.until(/"url":"\/1".*\}/);
    child.send({ type: "cut", slots: [slotOf(sample)], pids: [] });
    await allObeyed();
    client.write(`GET http://${webHost()}/2 HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await client.until(/HTTP\/1\.1 403 /)).toBeTruthy();
  });

  test("a process takes all of its connections along", async () => {
    const sample = processWith(echoHost());
    const clients = [await tunnelTo(sample, echoHost()), await tunnelTo(sample, echoHost()), await sample.connect()];
    child.send({ type: "cut", slots: [], pids: [sample.pid] });
    expect(await Promise.all(clients.map((client) => client.closed))).toHaveLength(3);
  });

  test("a new list ends what it does not cover, and keeps what another slot covers", async () => {
    const sample = processWith(echoHost(), webHost());
    const tunnel = await tunnelTo(sample, echoHost());
    const other = await tunnelTo(sample, webHost());
    const slot = nextSlot++;
    child.send({ type: "allow", pid: sample.pid, allow: [{ slot, capability: `NET_CONNECT:${echoHost()}` }] });
    await other.closed;
    tunnel.write("kept");
    await tunnel.until(/kept$/);
    child.send({ type: "cut", slots: [slot], pids: [] });
    expect(await tunnel.closed).toBeUndefined();
  });

  test("a list that came is in force for connections that were open before", async () => {
    const sample = processWith();
    const client = await sample.connect();
    client.write(`GET http://${webHost()}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
    await client.until(/^HTTP\/1\.1 403 /);
    const capability = `NET_CONNECT:${webHost()}`;
    child.send({ type: "allow", pid: sample.pid, allow: [{ slot: nextSlot++, capability }] });
    await allObeyed();
    client.write(`GET http://${webHost()}/granted HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await client.until(/"url":"\/granted"/)).toBeTruthy();
  });
});

describe("two descriptors of a pair", () => {
  const halves = async (): Promise<{ from: SampleClient; to: SampleClient; slots: number[]; pids: number[] }> => {
    const pair = nextPair++;
    const slots = [nextSlot++, nextSlot++];
    const pids = [nextPid++, nextPid++];
    const half = (end: "from" | "to", index: number) =>
      door.connect({ type: "endpoint", pair, end, pids: [pids[index]], slots: [slots[index]] });
    return { from: await half("from", 0), to: await half("to", 1), slots, pids };
  };

  test("are joined, each half ending by itself", async () => {
    const { from, to } = await halves();
    from.socket.end("question");
    await to.until(/^question$/);
    await to.closed;
    to.socket.end("answer");
    expect(await from.untilClosed()).toBe("answer");
  });

  test("are parted when what one of them depends on is taken away", async () => {
    for (const which of [0, 1]) {
      const bySlot = await halves();
      child.send({ type: "cut", slots: [bySlot.slots[which]], pids: [] });
      await Promise.all([bySlot.from.closed, bySlot.to.closed]);
      const byPid = await halves();
      child.send({ type: "cut", slots: [], pids: [byPid.pids[which]] });
      expect(await Promise.all([byPid.from.closed, byPid.to.closed])).toHaveLength(2);
    }
  });

  test("are never two of the same end", async () => {
    const pair = nextPair++;
    const message = { type: "endpoint", pair, end: "from", pids: [nextPid++], slots: [] };
    const first = await door.connect(message);
    const second = await door.connect(message);
    await second.closed;
    const other = await door.connect({ ...message, end: "to" });
    first.write("joined");
    expect(await other.until(/^joined$/)).toBeTruthy();
  });
});

describe("limits", () => {
  test("a process has at most 256 connections, and another's are not its", async () => {
    const sample = processWith(webHost());
    const clients = [];
    for (let index = 0; index < 256; index += 1) clients.push(await sample.connect());
    const last = await sample.connect();
    expect(await last.untilClosed()).toMatch(/^HTTP\/1\.1 503 .*256 connections/s);
    const other = await tunnelTo(processWith(echoHost()), echoHost());
    clients[0]?.socket.destroy();
    clients[1]?.write(`GET http://${webHost()}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
    await clients[1]?.until(/200 OK/);
    const next = await sample.connect();
    next.write(`GET http://${webHost()}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
    await next.until(/200 OK/);
    for (const client of [...clients, other, next]) client.socket.destroy();
  });

  test("a message that is none harms nothing but its own descriptor", async () => {
    for (const message of [
      {},
      { type: "proxy" },
      { type: "proxy", pid: 1, allow: [{ slot: 1, capability: "ROOT" }] },
      { type: "preview", connection: 1, pid: 1, slots: [], session: 1 },
      "text",
    ]) {
      const client = await door.connect(message);
      expect(await client.closed).toBeUndefined();
    }
    await tunnelTo(processWith(echoHost()), echoHost());
  });

  test("the log has a line for what was refused, without its path and its query", async () => {
    const client = await processWith().connect();
    client.write("GET http://secret.example/path?query=1 HTTP/1.1\r\nHost: x\r\n\r\n");
    await client.until(/403/);
    while (!/secret\.example.*\n/.test(log)) await once(child.stderr ?? child, "data");
    const found = log.split("\n").filter((line) => line.includes("secret.example"));
    expect(found).toHaveLength(1);
    expect(JSON.parse(found[0] ?? "{}")).toMatchObject({ level: "warn", message: "refused", to: "secret.example:80" });
    expect(log).not.toMatch(/query=1|c2VjcmV0/);
  });
});
