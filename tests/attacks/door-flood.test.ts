import { readdirSync } from "node:fs";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { syscalls } from "../../kernel/abi/index.ts";
import type { Inside } from "../kernel/inside.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { asJson, audit, bearer, inspect, processes, restartsOf, run, send, statusOf } from "../system/caller.ts";
import { openFiles, residentBytes, servicePid } from "../system/host-process.ts";
import { intruder } from "./door-inside.ts";
import { open, wire } from "./door-wire.ts";

/**
 * The doors under load and under HTTP that can be read in two ways. Tried here, each while others go on being served:
 *
 * at the gateway: requests in requests (both lengths, chunks twice, chunked by another name, a line folded, line ends of
 * one byte, a space before a colon, an address of another host, a NUL), a hundred connections that say nothing, heads
 * and bodies byte by byte, a body in chunks without an end, thousands of requests in one go, their answers unread;
 * at a process's own socket: the same, from inside, and connections without number, requests that wait without number
 * on one connection, nonsense in other protocols, relay sockets that are called and not spoken on; and an audit log
 * that one process tries to fill.
 */

let instance: Instance;
let box: Inside;

beforeAll(async () => {
  instance = await Instance.start();
  box = await intruder(instance, {
    table: ["MEM:256Mi", "CPU:1", "PIDS:64", "PROC_SIGNAL", "NET_BIND:localhost:8000"],
  });
});
afterAll(() => instance?.remove());

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
  expect(instance.kernel.exitCode).toBe(null);
  expect(await restartsOf(instance)).toEqual({ policy: 0, gateway: 0, egress: 0 });
  expect((await inspect(instance, box.pid)).state.phase).toBe("running");
});

/** What somebody else does meanwhile, by the gateway: it works. */
async function othersAreServed(): Promise<void> {
  expect((await statusOf(instance)).engine.state).toBe("up");
  expect((await run(instance, { argv: ["echo", "meanwhile"], table: ["MEM:32Mi"] })).stdout).toBe("meanwhile\n");
}

const host = (): string => `Host: 127.0.0.1:${instance.port}`;
const token = (): string => `Authorization: Bearer ${instance.token}`;
const tokensNamed = async (name: string): Promise<number> => {
  const schema = z.object({ tokens: z.array(z.object({ name: z.string() })) });
  const { tokens } = schema.parse(await (await instance.api("/api/v1/tokens")).json());
  return tokens.filter((each) => each.name === name).length;
};

describe("a request inside of another", () => {
  const inner = (): string => {
    const body = '{"name":"smuggled"}';
    return `POST /api/v1/tokens HTTP/1.1\r\n${host()}\r\n${token()}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
  const outer = (...lines: string[]): string =>
    `POST /api/v1/session HTTP/1.1\r\n${host()}\r\n${lines.join("\r\n")}\r\n\r\n`;

  test.each<[what: string, bytes: () => string]>([
    ["a length and chunks", () => `${outer("Content-Length: 4", "Transfer-Encoding: chunked")}0\r\n\r\n${inner()}`],
    ["chunks and a length", () => `${outer("Transfer-Encoding: chunked", "Content-Length: 4")}0\r\n\r\n${inner()}`],
    ["two lengths", () => `${outer("Content-Length: 0", "Content-Length: 4")}${inner()}`],
    ["a length of two numbers", () => `${outer("Content-Length: 0, 4")}${inner()}`],
    ["a length with a sign", () => `${outer("Content-Length: +0")}${inner()}`],
    ["a length in hexadecimal", () => `${outer("Content-Length: 0x0")}${inner()}`],
    ["chunks by another name", () => `${outer("Transfer-Encoding: xchunked", "Content-Length: 0")}${inner()}`],
    ["chunks twice", () => `${outer("Transfer-Encoding: chunked, identity")}0\r\n\r\n${inner()}`],
    ["chunks behind a tab", () => `${outer("Transfer-Encoding:\x0bchunked")}0\r\n\r\n${inner()}`],
    ["a space before the colon", () => `${outer("Transfer-Encoding : chunked", "Content-Length: 0")}${inner()}`],
    [
      "a folded line",
      () => `${outer("X: y\r\n Transfer-Encoding: chunked", "Content-Length: 0", "Bad Header")}${inner()}`,
    ],
    [
      "a chunk's size too large for any number",
      () => `${outer("Transfer-Encoding: chunked")}FFFFFFFFFFFFFFFFF\r\n${inner()}`,
    ],
    ["a chunk's size that is none", () => `${outer("Transfer-Encoding: chunked")}0x0\r\n\r\n${inner()}`],
    ["a chunk's extension with a line end", () => `${outer("Transfer-Encoding: chunked")}0;\n\r\n\r\n${inner()}`],
    ["line ends of one byte", () => `${outer("Content-Length: 0").replaceAll("\r\n", "\n")}${inner()}`],
    ["a carriage return alone", () => `${outer("X: y\rContent-Length: 0")}${inner()}`],
    ["a NUL in a header", () => `${outer("X: \0", "Content-Length: 0")}${inner()}`],
    [
      "an address of another host",
      () => `GET http://evil.example/ HTTP/1.1\r\n${host()}\r\nConnection: close\r\n\r\n${inner()}`,
    ],
    ["two hosts", () => `GET / HTTP/1.1\r\n${host()}\r\nHost: evil.example\r\nConnection: close\r\n\r\n${inner()}`],
    ["another protocol's preface", () => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${inner()}`],
    ["a tunnel", () => `CONNECT 127.0.0.1:${instance.port} HTTP/1.1\r\n${host()}\r\n\r\n${inner()}`],
  ])("is not made where the gateway is told of %s", async (_what, bytes) => {
    const answer = await wire(instance, bytes());
    expect(answer.split("\r\n", 1)[0] ?? "").toMatch(/^(HTTP\/1\.1 4\d\d .*)?$/);
    expect(answer.match(/^HTTP\/1\.1 /gm)?.length ?? 0).toBeLessThanOrEqual(1);
    expect(await tokensNamed("smuggled")).toBe(0);
  });

  test("is made where it stands by itself, so that these tests say something", async () => {
    const plain = `GET /healthz HTTP/1.1\r\n${host()}\r\n\r\n`;
    const socket = open(instance);
    undo.push(() => socket.destroy());
    let answers = "";
    socket.on("data", (chunk: Buffer) => (answers += chunk.toString("latin1")));
    socket.write(`${plain}${inner()}`, "latin1");
    await waitFor("both answers", () => answers.includes("201 Created"));
    expect(await tokensNamed("smuggled")).toBe(1);
  });

  test("is not made at a process's own socket", async () => {
    const smuggled = `POST /v1/signal HTTP/1.1\\r\\nHost: k\\r\\nContent-Length: 0\\r\\n\\r\\n`;
    const heads = [
      "Content-Length: 4\\r\\nTransfer-Encoding: chunked",
      "Content-Length: 0\\r\\nContent-Length: 4",
      "Transfer-Encoding: xchunked\\r\\nContent-Length: 0",
      "Transfer-Encoding : chunked\\r\\nContent-Length: 0",
      "X: \\x00\\r\\nContent-Length: 0",
    ];
    const said = await box.ask(
      z.array(z.string()),
      `answer = [raw(f"POST /v1/self HTTP/1.1\\r\\nHost: k\\r\\n{head}\\r\\n\\r\\n0\\r\\n\\r\\n${smuggled}".encode("latin1"))
  for head in ${JSON.stringify(heads).replaceAll("\\\\", "\\")}]`,
    );
    for (const answer of said) {
      expect(answer).toMatch(/^(HTTP\/1\.1 4|ECONNRESET|EPIPE|$)/);
      expect(answer.match(/^HTTP\/1\.1 /gm)?.length ?? 0).toBeLessThanOrEqual(1);
    }
  });
});

/** Connections to the gateway that stay until the test ends. */
function held(count: number, bytes: (index: number) => string): Socket[] {
  const sockets = Array.from({ length: count }, (_, index) => {
    const socket = open(instance);
    socket.write(bytes(index), "latin1");
    return socket;
  });
  undo.push(() => sockets.forEach((socket) => socket.destroy()));
  return sockets;
}

describe("at the gateway others are served while somebody", () => {
  test("holds a hundred connections and says nothing", async () => {
    held(100, () => "");
    await othersAreServed();
  });

  test("sends heads and bodies a byte at a time", async () => {
    const slow = held(100, (index) =>
      index % 2 === 0
        ? `GET /healthz HTTP/1.1\r\n${host()}\r\nX: `
        : `POST /api/v1/processes HTTP/1.1\r\n${host()}\r\n${token()}\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n`,
    );
    const timer = setInterval(() => slow.forEach((socket) => socket.write("x")), 20);
    undo.push(() => clearInterval(timer));
    await othersAreServed();
  });

  test("sends a body of chunks without an end: it is refused, and costs no memory", async () => {
    const gateway = await servicePid(instance, "gateway");
    const before = residentBytes(gateway);
    const [socket] = held(
      1,
      () =>
        `POST /api/v1/processes HTTP/1.1\r\n${host()}\r\n${token()}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    if (socket === undefined) throw new Error("no connection");
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString("latin1")));
    const chunk = `10000\r\n${" ".repeat(0x1_0000)}\r\n`;
    for (let sent = 0; sent < 1600 && !socket.destroyed; sent += 1) {
      if (!socket.write(chunk))
        await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), sleep(5000)]);
    }
    await waitFor("the refusal", () => answer.includes("HTTP/1.1 413"));
    expect(residentBytes(gateway) - before).toBeLessThan(100 << 20);
    await othersAreServed();
  });

  test("sends thousands of requests in one go and reads no answer: they are cut off", async () => {
    const one = `GET /api/v1/status HTTP/1.1\r\n${host()}\r\n${token()}\r\n\r\n`;
    const gateway = await servicePid(instance, "gateway");
    const sockets = held(10, () => one.repeat(3000));
    await othersAreServed();
    expect(openFiles(gateway).length).toBeLessThan(1000);
    await waitFor("all are cut off", () => sockets.every((socket) => socket.closed || socket.destroyed));
  });

  test("who is not signed in sends requests that wait, one behind the other", async () => {
    held(
      20,
      () =>
        `POST /api/v1/session HTTP/1.1\r\n${host()}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
    );
    await othersAreServed();
  });
});

describe("at its own socket", () => {
  /** Runs Python in the box and, while it goes on, looks whether others are served. */
  async function meanwhile(script: string): Promise<void> {
    await box.begin(script);
    await othersAreServed();
  }
  const answered = async (): Promise<void> =>
    expect(await box.ask(z.string(), `answer = tried(lambda: door("self"))`)).toBe("200 ok");
  const kernelBytes = (): number => residentBytes(instance.kernel.pid ?? 0);
  const kernelFiles = (): number => readdirSync(`/proc/${instance.kernel.pid}/fd`).length;

  test("a process that opens connections without number holds up itself alone, and no descriptors without number", async () => {
    const said = await box.ask(
      z.object({ open: z.number(), closed: z.number() }),
      `
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (8000, 8000))
crowd = []
for _ in range(2000):
    try: crowd.append(opened(seconds=1))
    except OSError: pass
closed = 0
time.sleep(1)
for each in crowd:
    each.setblocking(False)
    try:
        if each.recv(1) == b"": closed += 1
    except BlockingIOError: pass
    except OSError: closed += 1
answer = {"open": len(crowd) - closed, "closed": closed}`,
    );
    expect(said.open).toBeLessThan(200);
    expect(kernelFiles()).toBeLessThan(2048);
    await othersAreServed();
    await box.ask(z.string(), "for each in crowd: each.close()\nanswer = 'closed'");
    await answered();
  });

  test("a process that dribbles, stops in the middle, or speaks nonsense is cut off or waits, and others do not", async () => {
    const nonsense = [
      `b"\\x16\\x03\\x01\\x02\\x00\\x01\\x00\\x01\\xfc\\x03\\x03"`,
      `b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n"`,
      `b"\\x00" * 100000`,
      `b"GET / HTTP/1.1\\r\\n\\r\\n"`,
      `b"POST /v1/self HTTP/1.1\\r\\nHost: k\\r\\nX: " + b"x" * 100000 + b"\\r\\n\\r\\n"`,
      `b"POST /v1/self HTTP/9.9\\r\\nHost: k\\r\\n\\r\\n"`,
      `b"POST /v1/self HTTP/1.1\\r\\nHost: k\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nExpect: 100-continue\\r\\n\\r\\n"`,
    ];
    const said = await box.ask(z.array(z.string()), `answer = [raw(each)[:12] for each in (${nonsense.join(", ")})]`);
    for (const answer of said) expect(answer).toMatch(/^(HTTP\/1\.1 [124]|ECONNRESET|EPIPE|$)/);
    await meanwhile(`
halves = [opened() for _ in range(100)]
for index, each in enumerate(halves): each.sendall([b"", b"POST /v1/se", b"POST /v1/self HTTP/1.1\\r\\nHost: k\\r\\nContent-Length: 9\\r\\n\\r\\n{"][index % 3])`);
    await box.ask(z.string(), "for each in halves: each.close()\nanswer = 'closed'");
    await answered();
  });

  test("a body of chunks without an end is refused, and costs the kernel no memory", async () => {
    const before = kernelBytes();
    const said = await box.ask(
      z.object({ sent: z.number(), head: z.string() }),
      `
connection = opened(seconds=10)
connection.sendall(b"POST /v1/self HTTP/1.1\\r\\nHost: k\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n")
sent = 0
try:
    for _ in range(3200):
        connection.sendall(b"10000\\r\\n" + b" " * 65536 + b"\\r\\n")
        sent += 1
except OSError: pass
try: head = connection.recv(12).decode()
except OSError as error: head = "HTTP/1.1 400"
connection.close()
answer = {"sent": sent, "head": head}`,
    );
    expect(said.head).toBe("HTTP/1.1 400");
    expect(kernelBytes() - before).toBeLessThan(100 << 20);
    await answered();
  });

  test("requests without number on one connection, behind ones that wait, cost the kernel no memory", async () => {
    const before = kernelBytes();
    await box.begin(`
wait = json.dumps({"pid": ${box.pid}, "timeoutMs": 20000}).encode()
waits = b"POST /v1/wait HTTP/1.1\\r\\nHost: k\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(wait), wait)
connection = opened(seconds=5)
try:
    connection.sendall(waits * 64)
    for _ in range(200): connection.sendall(b"POST /v1/self HTTP/1.1\\r\\nHost: k\\r\\n\\r\\n" * 2000)
except OSError: pass`);
    for (let look = 0; look < 6; look += 1) {
      await sleep(1000);
      expect(kernelBytes() - before).toBeLessThan(200 << 20);
    }
    await othersAreServed();
    await box.ask(z.string(), "connection.close()\nanswer = 'closed'");
    await answered();
  });

  test("answers that nobody reads are not made without number", async () => {
    const before = kernelBytes();
    await box.ask(
      z.string(),
      `
unread = [opened(seconds=1) for _ in range(20)]
for each in unread:
    try: each.sendall(b"POST /v1/caps HTTP/1.1\\r\\nHost: k\\r\\nContent-Length: ${`{"pid": ${String(box.pid)}}`.length}\\r\\n\\r\\n" .replace(b"\\r\\n\\r\\n", b"\\r\\n\\r\\n" + json.dumps({"pid": ${box.pid}}).encode()) * 5000)
    except OSError: pass
answer = "sent"`,
    );
    expect(kernelBytes() - before).toBeLessThan(200 << 20);
    await othersAreServed();
    await box.ask(z.string(), "for each in unread: each.close()\nanswer = 'closed'");
    await answered();
  });

  test("a relay's socket that is called a thousand times and never spoken on holds up nobody", async () => {
    await meanwhile(`
calls = []
for _ in range(1000):
    try: calls.append(opened("/run/superos/bind.sock", 1))
    except OSError: pass
for each in calls:
    try: each.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\nnot asked for")
    except OSError: pass`);
    await box.ask(z.string(), "for each in calls: each.close()\nanswer = 'closed'");
    await answered();
  });
});

test("the audit log grows by a process's calls at a pace, whatever it calls and on however many connections", async () => {
  const schema = z.number();
  const before = (await audit(instance)).length;
  const began = Date.now();
  const calls = await box.ask(
    schema,
    `
end = time.time() + 5
counts = [0] * 16
def flood(index):
    while time.time() < end:
        door(["user_create", "signal", "revoke", "policy_attend"][index % 4], {"pid": ${box.pid}, "slot": 1, "signal": "SIGCONT"})
        counts[index] += 1
threads = [threading.Thread(target=flood, args=(index,)) for index in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
answer = sum(counts)`,
  );
  const seconds = (Date.now() - began) / 1000;
  const rows = (await audit(instance)).length - before;
  expect(rows).toBeGreaterThan(100);
  expect(rows).toBeLessThan(200 + 20 * seconds + 64);
  expect(calls).toBeLessThan(200 + 20 * seconds + 64);
  await othersAreServed();
});

test("calls that are not there leave no row and hold up nobody", async () => {
  const rows = async (): Promise<number> => (await audit(instance)).filter(({ who }) => who.pid === box.pid).length;
  const before = await rows();
  await box.ask(z.string(), `for _ in range(500): door("nothing_of_that_name")\nanswer = "called"`);
  expect(await rows()).toBe(before);
  expect(Object.hasOwn(syscalls, "nothing_of_that_name")).toBe(false);
});

test("a thousand requests at once to the gateway are all answered", async () => {
  const asked = Array.from({ length: 1000 }, (_, index) =>
    send(instance, index % 2 === 0 ? "/api/v1/processes" : "/api/v1/nothing", {
      headers: { ...bearer(instance.token), ...asJson },
    }),
  );
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect([...new Set(statuses)].toSorted()).toEqual([200, 404]);
  expect((await processes(instance)).map(({ pid }) => pid)).toEqual([box.pid]);
});
